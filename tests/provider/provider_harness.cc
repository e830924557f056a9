#include "tests/provider/provider_harness.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/provider/form_encoding.h"

namespace evertoken {
namespace {

// The plainest whole entry. What a test's lines say goes on top of it by `extends`.
constexpr char kBase[] = R"(
providers:
  base:
    display_name: Acme
    authorization: {url: "https://acme.test/authorize", scopes: [read]}
    token: {url: "https://acme.test/token"}
    renewal: {kind: refresh_token_grant, lost_response_policy: retry_once}
    profile_calls: [{name: me, url: "https://acme.test/me"}]
    profile_fields: {subject: /sub}
  acme:
    extends: base
)";

}  // namespace

ProviderHarness::ProviderHarness(absl::string_view lines) {
  const auto parsed =
      ProviderCatalog::Parse({{"harness.yaml", absl::StrCat(kBase, lines, "\n")}}, false);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  if (parsed.ok()) catalog = *parsed;
  client.set_client_id("our-client");
  client.set_client_secret("s3cr&t");
  acme = Bind(catalog, "acme");
}

ProviderBinding ProviderHarness::Bind(std::shared_ptr<const ProviderCatalog> from,
                                      const std::string& id) const {
  ProviderBinding binding;
  binding.provider = id;
  const config::v1::Provider* entry = from == nullptr ? nullptr : from->Find(id);
  EXPECT_NE(entry, nullptr) << id;
  binding.entry = std::shared_ptr<const config::v1::Provider>(std::move(from), entry);
  binding.client = &client;
  return binding;
}

std::map<std::string, std::string> FormOf(absl::string_view body) {
  const std::optional<FormFields> fields = DecodeForm(body);
  EXPECT_TRUE(fields.has_value()) << body;
  if (!fields.has_value()) return {};
  std::map<std::string, std::string> form(fields->begin(), fields->end());
  EXPECT_EQ(form.size(), fields->size()) << "a parameter is sent twice";
  return form;
}

std::map<std::string, std::string> QueryOf(absl::string_view url) {
  const size_t at = url.find('?');
  return at == absl::string_view::npos ? std::map<std::string, std::string>()
                                       : FormOf(url.substr(at + 1));
}

std::string HeaderOf(const HttpRequest& request, absl::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

}  // namespace evertoken
