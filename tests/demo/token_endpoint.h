#ifndef EVERTOKEN_TESTS_DEMO_TOKEN_ENDPOINT_H_
#define EVERTOKEN_TESTS_DEMO_TOKEN_ENDPOINT_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/demo/grant_book.h"
#include "tests/demo/http_listener.h"

namespace evertoken::demo {

// What our OAuth client talks to: the token endpoint (RFC 6749 section 3.2) and the revocation
// endpoint (RFC 7009). The client proves itself by client_secret_basic or client_secret_post.
// Thread-safe.
class TokenEndpoint {
 public:
  // Signs an ID token for a user with a nonce.
  using IdTokenMaker =
      std::function<std::string(const std::string& user, const std::string& nonce)>;

  // `book` must outlive the endpoint.
  TokenEndpoint(std::string client_id, std::string client_secret, GrantBook* book,
                IdTokenMaker make_id_token);

  Reply Token(const Request& request);   // POST /token
  Reply Revoke(const Request& request);  // POST /revoke

  // How often a grant type was asked for by the authenticated client.
  int64_t calls(absl::string_view grant_type) const;
  int64_t revocation_calls() const { return revocation_calls_.load(std::memory_order_relaxed); }

 private:
  bool IsClient(const Request& request, const Form& form) const;
  Reply RedeemCode(const Form& form);
  Reply Refresh(const Form& form);

  const std::string client_id_;
  const std::string client_secret_;
  GrantBook* const book_;
  const IdTokenMaker make_id_token_;
  std::atomic<int64_t> code_calls_{0};
  std::atomic<int64_t> refresh_calls_{0};
  std::atomic<int64_t> revocation_calls_{0};
};

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_TOKEN_ENDPOINT_H_
