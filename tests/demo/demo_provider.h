#ifndef EVERTOKEN_TESTS_DEMO_DEMO_PROVIDER_H_
#define EVERTOKEN_TESTS_DEMO_DEMO_PROVIDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "tests/demo/form.h"
#include "tests/demo/grant_book.h"

namespace evertoken::demo {

struct DemoProviderOptions {
  int port = 0;  // 0: a free one
  std::string client_id = "evertoken-demo";
  std::string client_secret;  // empty: made at start
  absl::Duration access_token_ttl = absl::Minutes(1);
  bool rotate = true;  // refresh tokens are replaced when they are used, and reuse ends the grant
  absl::Duration
      token_delay;  // between a token request and its answer; the token is spent at the request
  const Clock* clock = nullptr;  // must outlive the provider; null: the system's
};

// A small OpenID provider on http://127.0.0.1 with one thread of its own: discovery, JWKS,
// authorization code with PKCE (required), login and consent pages for any user name, refresh
// tokens with rotation and reuse detection, userinfo whose profile changes with every fetch, and
// RFC 7009 revocation. For demos, tests and benchmarks; keeps nothing. Thread-safe.
class DemoProvider {
 public:
  static absl::StatusOr<std::unique_ptr<DemoProvider>> Start(const DemoProviderOptions& options);
  ~DemoProvider();

  int port() const;
  const std::string& issuer() const;  // http://127.0.0.1:PORT
  const std::string& client_id() const;
  const std::string& client_secret() const;

  // Registers a redirect URI of the client; compared exactly.
  void AllowRedirectUri(const std::string& uri);

  // Serves GET `path` with the HTML body that `page` makes of the query. On the provider's thread;
  // must not block.
  void AddPage(const std::string& path, const std::string& title,
               std::function<std::string(const Form&)> page);

  // A grant without a browser.
  IssuedTokens IssueTokens(const std::string& user);
  // An ID token for the client, valid for an hour.
  std::string IssueIdToken(const std::string& user, const std::string& nonce = "") const;
  // The `sub` that stands for a user.
  static std::string SubjectOf(absl::string_view user);

  // The user withdraws every consent; tokens of all kinds die.
  void RevokeUser(const std::string& user);
  // From now on, for answers of the token endpoint.
  void SetTokenDelay(absl::Duration delay);

  // What was asked so far.
  int64_t token_calls(absl::string_view grant_type) const;
  int64_t userinfo_calls() const;
  int64_t revocation_calls() const;
  int Presentations(const std::string& refresh_token) const;

 private:
  class Impl;
  explicit DemoProvider(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_DEMO_PROVIDER_H_
