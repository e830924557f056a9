#include "server/broker/app_registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/provider/token_binding.h"

namespace evertoken {

AppRegistry::AppRegistry(std::vector<config::v1::App> apps,
                         std::shared_ptr<const ProviderCatalog> catalog, const KeyRing* key_ring)
    : apps_(std::move(apps)), catalog_(std::move(catalog)), key_ring_(key_ring) {
  for (const config::v1::App& app : apps_) {
    by_key_.emplace(app.key(), &app);
    for (const std::string& name : app.client_certificate_names())
      by_certificate_name_.emplace(name, &app);
  }
}

void AppRegistry::UseCatalog(std::shared_ptr<const ProviderCatalog> catalog) {
  absl::MutexLock lock(&mutex_);
  catalog_.swap(catalog);
}

std::shared_ptr<const ProviderCatalog> AppRegistry::Catalog() const {
  absl::ReaderMutexLock lock(&mutex_);
  return catalog_;
}

const config::v1::App* AppRegistry::Find(absl::string_view key) const {
  auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

absl::StatusOr<const config::v1::App*> AppRegistry::Authenticate(absl::string_view key,
                                                                 const Secret& secret) const {
  const config::v1::App* app = Find(key);
  bool matches = false;
  if (app != nullptr) {
    // Every hash is checked, so that the time does not tell which of several live secrets came close.
    for (const std::string& hash : app->secret_hashes()) {
      matches |= key_ring_->CheckAppSecret(key, secret.Reveal(), hash);
    }
  } else {
    // The same work for an app that does not exist, so that the time does not tell which apps do.
    key_ring_->HashAppSecret(key, secret.Reveal());
  }
  if (!matches) {
    return MakeError(v1::ERROR_REASON_CALLER_UNKNOWN,
                     "the app key is unknown or the app secret is wrong");
  }
  return app;
}

const config::v1::App* AppRegistry::FindByCertificateName(absl::string_view name) const {
  auto found = by_certificate_name_.find(name);
  return found == by_certificate_name_.end() ? nullptr : found->second;
}

absl::StatusOr<ProviderBinding> AppRegistry::Bind(const config::v1::App& app,
                                                  absl::string_view provider) const {
  std::shared_ptr<const ProviderCatalog> catalog = Catalog();
  const config::v1::Provider* entry = catalog->Find(provider);
  auto client = app.providers().find(std::string(provider));
  if (entry == nullptr && client == app.providers().end()) {
    return MakeError(v1::ERROR_REASON_PROVIDER_UNKNOWN,
                     "no such provider in the catalogue; see ListProviders");
  }
  if (entry == nullptr) {
    return MakeError(
        v1::ERROR_REASON_PROVIDER_DISABLED,
        absl::StrCat("provider '", provider,
                     "' is disabled: its catalogue entry is gone, or has a problem that the "
                     "server's log tells"));
  }
  if (client == app.providers().end()) {
    return MakeError(
        v1::ERROR_REASON_PROVIDER_DISABLED,
        absl::StrCat("app '", app.key(), "' has no OAuth client for provider '", provider, "'"));
  }
  ProviderBinding binding;
  binding.provider = std::string(provider);
  binding.entry = std::shared_ptr<const config::v1::Provider>(std::move(catalog), entry);
  binding.client = &client->second;
  return binding;
}

std::vector<ProviderBinding> AppRegistry::BindingsOf(const config::v1::App& app) const {
  std::vector<ProviderBinding> bindings;
  for (const auto& [provider, client] : app.providers()) {
    absl::StatusOr<ProviderBinding> binding = Bind(app, provider);
    if (binding.ok() && BeginsLogins(*binding->entry)) bindings.push_back(*std::move(binding));
  }
  std::sort(bindings.begin(), bindings.end(),
            [](const ProviderBinding& a, const ProviderBinding& b) {
              return std::pair(a.entry->display_name(), a.provider) <
                     std::pair(b.entry->display_name(), b.provider);
            });
  return bindings;
}

bool IsRegisteredRedirectUri(const config::v1::App& app, absl::string_view redirect_uri) {
  return std::any_of(
      app.redirect_uris().begin(), app.redirect_uris().end(),
      [redirect_uri](const std::string& registered) { return redirect_uri == registered; });
}

}  // namespace evertoken
