#ifndef EVERTOKEN_TESTS_DEMO_AUTHORIZATION_FLOW_H_
#define EVERTOKEN_TESTS_DEMO_AUTHORIZATION_FLOW_H_

#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "tests/demo/grant_book.h"
#include "tests/demo/http_listener.h"

namespace evertoken::demo {

// What the browser sees of the demo provider: authorization request, login page, consent page,
// redirect with a code. Requests are handled on one thread; AllowRedirectUri may come from any.
class AuthorizationFlow {
 public:
  // `book` and `clock` must outlive the flow. `issuer` goes into each redirect as `iss` (RFC 9207).
  AuthorizationFlow(std::string issuer, std::string client_id, GrantBook* book, const Clock* clock);

  // Registers a redirect URI of the client; compared exactly.
  void AllowRedirectUri(const std::string& uri);

  Reply Authorize(const Request& request);  // GET /authorize
  Reply Login(const Request& request);      // POST /login
  Reply Consent(const Request& request);    // POST /consent

 private:
  struct Interaction {
    CodeGrant grant;
    std::string state;
    absl::Time expire_time;
  };

  bool IsAllowed(const std::string& redirect_uri) const;
  Reply RedirectError(const Interaction& interaction, const std::string& error) const;
  Interaction* Find(const std::string& id);
  void DropExpired();

  const std::string issuer_;
  const std::string client_id_;
  GrantBook* const book_;
  const Clock* const clock_;
  absl::flat_hash_map<std::string, Interaction> interactions_;
  mutable absl::Mutex mutex_;
  std::set<std::string> redirect_uris_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_AUTHORIZATION_FLOW_H_
