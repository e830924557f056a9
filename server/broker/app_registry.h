#ifndef EVERTOKEN_SERVER_BROKER_APP_REGISTRY_H_
#define EVERTOKEN_SERVER_BROKER_APP_REGISTRY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/secret.h"
#include "server/provider/provider_api.h"
#include "server/provider/provider_catalog.h"
#include "server/store/key_ring.h"

namespace evertoken {

// The registered apps and what each may use. The apps are immutable, the catalogue is replaced as a whole. Thread-safe.
class AppRegistry {
 public:
  // `apps` were checked by the configuration reader. `key_ring` must outlive the registry.
  AppRegistry(std::vector<config::v1::App> apps, std::shared_ptr<const ProviderCatalog> catalog,
              const KeyRing* key_ring);

  // The catalogue of all bindings from now on; those made before keep their entries.
  void UseCatalog(std::shared_ptr<const ProviderCatalog> catalog);

  // Null when there is no such app.
  const config::v1::App* Find(absl::string_view key) const;

  // The app, or CALLER_UNKNOWN. Takes the same time for an unknown app as for a wrong secret.
  absl::StatusOr<const config::v1::App*> Authenticate(absl::string_view key,
                                                      const Secret& secret) const;

  // The app that a name of a client certificate stands for; null when none.
  const config::v1::App* FindByCertificateName(absl::string_view name) const;

  // PROVIDER_UNKNOWN or PROVIDER_DISABLED when the app cannot use the provider.
  absl::StatusOr<ProviderBinding> Bind(const config::v1::App& app,
                                       absl::string_view provider) const;

  // The app's providers at which a login can begin, by display name.
  std::vector<ProviderBinding> BindingsOf(const config::v1::App& app) const;

 private:
  std::shared_ptr<const ProviderCatalog> Catalog() const;

  const std::vector<config::v1::App> apps_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const ProviderCatalog> catalog_ ABSL_GUARDED_BY(mutex_);
  const KeyRing* const key_ring_;
  absl::flat_hash_map<std::string, const config::v1::App*> by_key_;
  absl::flat_hash_map<std::string, const config::v1::App*> by_certificate_name_;
};

// Whether `redirect_uri` is one of the app's, compared as whole texts (RFC 9700 section 2.1).
bool IsRegisteredRedirectUri(const config::v1::App& app, absl::string_view redirect_uri);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_APP_REGISTRY_H_
