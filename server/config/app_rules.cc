#include "server/config/app_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/config/address_rules.h"

namespace evertoken {
namespace {

using config::v1::App;
using config::v1::ProviderClient;
using google::protobuf::RepeatedPtrField;

constexpr absl::Duration kDay = absl::Hours(24);

// Says where a value stood before, so that both places can be compared.
class FirstSeen {
 public:
  explicit FirstSeen(RuleReporter* reporter) : reporter_(reporter) {}

  void Unique(const std::string& path, const std::string& value, absl::string_view what) {
    const auto [it, inserted] = seen_.emplace(value, path);
    if (!inserted)
      reporter_->Problem(path, absl::StrCat(what, " stands at ", it->second, " already"));
  }

 private:
  RuleReporter* const reporter_;
  std::map<std::string, std::string> seen_;
};

// `KEYID.HASH`, see KeyRing::HashAppSecret.
bool HasHashShape(absl::string_view hash) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(hash, absl::MaxSplits('.', 1));
  const auto all = [](absl::string_view text, absl::string_view allowed) {
    return text.find_first_not_of(allowed) == absl::string_view::npos;
  };
  return !parts.first.empty() && parts.first.size() <= 32 &&
         all(parts.first, "abcdefghijklmnopqrstuvwxyz0123456789-") && parts.second.size() == 43 &&
         all(parts.second, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

void CheckSecretHashes(const App& app, const std::string& path, RuleReporter* reporter) {
  if (app.secret_hashes_size() < 1 || app.secret_hashes_size() > 8) {
    reporter->Problem(absl::StrCat(path, ".secret_hashes"),
                      "must hold 1 to 8 hashes; `evertoken apps hash-secret` makes one");
  }
  FirstSeen seen(reporter);
  for (int i = 0; i < app.secret_hashes_size(); ++i) {
    const std::string at = absl::StrCat(path, ".secret_hashes[", i, "]");
    // The value is not repeated: somebody may have put the secret itself here.
    if (!HasHashShape(app.secret_hashes(i))) {
      reporter->Problem(
          at, "is not a hash of the form KEYID.HASH as `evertoken apps hash-secret` prints it");
    } else {
      seen.Unique(at, app.secret_hashes(i), "the same hash");
    }
  }
}

void CheckRedirectUris(const App& app, const std::string& path, RuleReporter* reporter) {
  FirstSeen seen(reporter);
  for (int i = 0; i < app.redirect_uris_size(); ++i) {
    const std::string at = absl::StrCat(path, ".redirect_uris[", i, "]");
    reporter->Expect(at, CheckBrowserUrl(app.redirect_uris(i)));
    seen.Unique(at, app.redirect_uris(i), "the same URI");
  }
}

// RFC 6749 section 3.3.
bool IsScope(absl::string_view scope) {
  return !scope.empty() && std::all_of(scope.begin(), scope.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
}

// Also false for what is no number.
bool IsCallRate(double per_second) { return per_second >= 0.001 && per_second <= 100000; }

void CheckBudget(const config::v1::CallBudget& budget, const std::string& path,
                 RuleReporter* reporter) {
  const std::string at = absl::StrCat(path, ".per_second");
  if (!budget.has_per_second()) {
    reporter->Problem(at, "is required; leave `budget` out for no bound");
  } else if (!IsCallRate(budget.per_second())) {
    reporter->Problem(at, absl::StrCat("must be 0.001 to 100000 calls a second, is ",
                                       budget.per_second(), "; leave `budget` out for no bound"));
  }
  if (budget.has_burst())
    reporter->InRange(absl::StrCat(path, ".burst"), budget.burst(), 1, 1000000);
}

void CheckNativeClients(const ProviderClient& client, const std::string& path,
                        RuleReporter* reporter) {
  constexpr int kMost = 16;
  std::set<std::string> seen = {client.client_id()};
  for (int i = 0; i < client.native_client_ids_size(); ++i) {
    const std::string at = absl::StrCat(path, ".native_client_ids[", i, "]");
    const std::string& id = client.native_client_ids(i);
    if (id.empty()) {
      reporter->Problem(at, "must not be empty");
    } else if (!seen.insert(id).second) {
      reporter->Problem(at, "names a client that stands here already");
    } else if (i >= kMost) {
      reporter->Problem(at, absl::StrCat("is more than the ", kMost, " that are allowed"));
    }
  }
}

void CheckProviders(const App& app, const std::string& path, RuleReporter* reporter) {
  for (const auto& [id, client] : app.providers()) {
    const std::string at = absl::StrCat(path, ".providers.", id);
    if (client.client_id().empty())
      reporter->Problem(absl::StrCat(at, ".client_id"), "is required");
    for (int i = 0; i < client.scopes_size(); ++i) {
      if (IsScope(client.scopes(i))) continue;
      reporter->Problem(
          absl::StrCat(at, ".scopes[", i, "]"),
          "is not a scope: one word of printable ASCII, without spaces, quotes and backslashes");
    }
    CheckNativeClients(client, at, reporter);
    if (client.has_budget()) CheckBudget(client.budget(), absl::StrCat(at, ".budget"), reporter);
    if (client.has_concurrent_calls()) {
      reporter->InRange(absl::StrCat(at, ".concurrent_calls"), client.concurrent_calls(), 1,
                        100000);
    }
  }
}

void CheckLifetimes(const App& app, const std::string& path, RuleReporter* reporter) {
  if (app.has_access_token_ttl()) {
    reporter->InRange(absl::StrCat(path, ".access_token_ttl"), app.access_token_ttl(),
                      absl::Minutes(1), 90 * kDay, "1m to 90d");
  }
  if (app.has_refresh_window()) {
    reporter->InRange(absl::StrCat(path, ".refresh_window"), app.refresh_window(), absl::Minutes(1),
                      60 * kDay, "1m to 60d");
  }
  if (app.has_absolute_lifetime()) {
    reporter->InRange(absl::StrCat(path, ".absolute_lifetime"), app.absolute_lifetime(),
                      absl::Minutes(1), 3650 * kDay, "1m to 3650d");
  }
}

}  // namespace

void CheckApps(const config::v1::ServerConfig& config, RuleReporter* reporter) {
  if (config.apps().empty())
    reporter->Problem("apps", "at least one app is required: without one nobody can call");
  FirstSeen keys(reporter);
  FirstSeen certificate_names(reporter);
  for (int i = 0; i < config.apps_size(); ++i) {
    const App& app = config.apps(i);
    const std::string path = absl::StrCat("apps[", i, "]");
    reporter->IsName(absl::StrCat(path, ".key"), app.key(), 64, "._-");
    if (!app.key().empty()) keys.Unique(absl::StrCat(path, ".key"), app.key(), "the same key");
    CheckSecretHashes(app, path, reporter);
    CheckRedirectUris(app, path, reporter);
    CheckProviders(app, path, reporter);
    CheckLifetimes(app, path, reporter);
    for (int n = 0; n < app.client_certificate_names_size(); ++n) {
      const std::string at = absl::StrCat(path, ".client_certificate_names[", n, "]");
      if (app.client_certificate_names(n).empty()) reporter->Problem(at, "must not be empty");
      certificate_names.Unique(at, app.client_certificate_names(n), "the same name");
    }
    if (app.client_certificate_names_size() > 0 && config.grpc().tls().client_ca().empty()) {
      reporter->Problem(absl::StrCat(path, ".client_certificate_names"),
                        "has no effect without grpc.tls.client_ca, which says whose client "
                        "certificates are accepted");
    }
  }
}

}  // namespace evertoken
