#ifndef EVERTOKEN_TESTS_PROVIDER_PROVIDER_HARNESS_H_
#define EVERTOKEN_TESTS_PROVIDER_PROVIDER_HARNESS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/http/egress_policy.h"
#include "server/provider/provider_catalog.h"
#include "server/provider/provider_types.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/manual_executor.h"

namespace evertoken {

// What provider classes are made from in tests, and an entry `acme` to bind to.
struct ProviderHarness {
  // `lines` of YAML, indented by four spaces, complete or change the entry (see provider_harness.cc).
  explicit ProviderHarness(absl::string_view lines = "");

  // The binding of another catalogue's entry.
  ProviderBinding Bind(std::shared_ptr<const ProviderCatalog> from, const std::string& id) const;

  FakeClock clock;
  ManualExecutor executor{&clock};
  FakeHttpClient http;
  EgressPolicy egress{/*allow_insecure_loopback=*/false};
  config::v1::ProviderClient client;
  std::shared_ptr<const ProviderCatalog> catalog;
  ProviderBinding acme;
};

// A form body or query as a map; fails the test when it is neither.
std::map<std::string, std::string> FormOf(absl::string_view body);
std::map<std::string, std::string> QueryOf(absl::string_view url);

// The header's value; empty when it is missing.
std::string HeaderOf(const HttpRequest& request, absl::string_view name);

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_PROVIDER_PROVIDER_HARNESS_H_
