#ifndef EVERTOKEN_TESTS_DEMO_GRANT_BOOK_H_
#define EVERTOKEN_TESTS_DEMO_GRANT_BOOK_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"

namespace evertoken::demo {

// What the user agreed to and what the code must be redeemed with.
struct CodeGrant {
  std::string user;
  std::string redirect_uri;
  std::string scope;
  std::string nonce;
  std::string code_challenge;  // PKCE, S256
};

struct IssuedTokens {
  std::string access_token;
  std::string refresh_token;  // empty after a refresh without rotation: the old one stays
  absl::Duration expires_in;
  std::string user;
  std::string scope;
};

// The demo provider's memory of codes and tokens. All tokens that stem from one consent form a
// family; a code or a refresh token that comes back after it was spent ends the family (RFC 6749
// section 4.1.2, RFC 9700 section 4.14.2). Thread-safe.
class GrantBook {
 public:
  struct Settings {
    absl::Duration access_token_ttl = absl::Minutes(1);
    bool rotate = true;  // a refresh token is replaced when it is used
  };

  // `clock` must outlive the book.
  GrantBook(Settings settings, const Clock* clock);

  // A code for one use within 60 seconds.
  std::string IssueCode(CodeGrant grant);

  // What the code stood for; nullopt, whatever the reason, where RFC 6749 says `invalid_grant`.
  std::optional<CodeGrant> RedeemCode(const std::string& code, absl::string_view redirect_uri,
                                      absl::string_view code_verifier);

  // Tokens of a new family. With `code`: of the family that dies when the code comes back.
  IssuedTokens Issue(const std::string& user, const std::string& scope,
                     const std::string& code = "");

  // nullopt: `invalid_grant`.
  std::optional<IssuedTokens> Refresh(const std::string& refresh_token);

  // Whom a living access token speaks for.
  std::optional<std::string> UserOf(const std::string& access_token);

  // Ends the family of a token of either kind; an unknown token is no error (RFC 7009 section 2.2).
  void Revoke(const std::string& token);

  // The user withdraws every consent.
  void RevokeUser(const std::string& user);

  // How often a refresh token was presented, spent or not.
  int Presentations(const std::string& refresh_token) const;

 private:
  struct Family {
    std::string user;
    std::string scope;
    bool alive = true;
  };
  struct Code {
    CodeGrant grant;
    absl::Time expire_time;
    bool spent = false;
    std::shared_ptr<Family> family;
  };
  struct AccessToken {
    std::shared_ptr<Family> family;
    absl::Time expire_time;
  };
  struct RefreshToken {
    std::shared_ptr<Family> family;
    bool spent = false;
    int presentations = 0;
  };

  IssuedTokens IssueFor(std::shared_ptr<Family> family, bool with_refresh_token)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropExpired() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Settings settings_;
  const Clock* const clock_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Code> codes_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, AccessToken> access_tokens_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, RefreshToken> refresh_tokens_ ABSL_GUARDED_BY(mutex_);
  size_t sweep_at_ ABSL_GUARDED_BY(mutex_) = 1024;
};

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_GRANT_BOOK_H_
