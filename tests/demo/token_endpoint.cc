#include "tests/demo/token_endpoint.h"

#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/demo/form.h"

namespace evertoken::demo {
namespace {

// RFC 6749 section 5.2.
Reply OAuthError(int status, absl::string_view error) {
  Reply reply;
  reply.status = status;
  reply.body = absl::StrCat("{\"error\":", JsonString(error), "}");
  if (status == 401) reply.headers = {{"WWW-Authenticate", "Basic realm=\"demo\""}};
  return reply;
}

Reply TokenReply(const IssuedTokens& tokens, absl::string_view id_token) {
  Reply reply;
  reply.body = absl::StrCat(
      "{\"access_token\":\"", tokens.access_token,
      "\",\"token_type\":\"Bearer\",\"expires_in\":", absl::ToInt64Seconds(tokens.expires_in),
      ",\"scope\":", JsonString(tokens.scope));
  if (!tokens.refresh_token.empty())
    absl::StrAppend(&reply.body, ",\"refresh_token\":\"", tokens.refresh_token, "\"");
  if (!id_token.empty()) absl::StrAppend(&reply.body, ",\"id_token\":\"", id_token, "\"");
  reply.body.push_back('}');
  return reply;
}

}  // namespace

TokenEndpoint::TokenEndpoint(std::string client_id, std::string client_secret, GrantBook* book,
                             IdTokenMaker make_id_token)
    : client_id_(std::move(client_id)),
      client_secret_(std::move(client_secret)),
      book_(book),
      make_id_token_(std::move(make_id_token)) {}

Reply TokenEndpoint::Token(const Request& request) {
  const Form form = ParseForm(request.body);
  if (!IsClient(request, form)) return OAuthError(401, "invalid_client");
  const std::string grant_type = ValueOf(form, "grant_type");
  if (grant_type == "authorization_code") return RedeemCode(form);
  if (grant_type == "refresh_token") return Refresh(form);
  return OAuthError(400, "unsupported_grant_type");
}

Reply TokenEndpoint::Revoke(const Request& request) {
  const Form form = ParseForm(request.body);
  if (!IsClient(request, form)) return OAuthError(401, "invalid_client");
  revocation_calls_.fetch_add(1, std::memory_order_relaxed);
  book_->Revoke(ValueOf(form, "token"));
  return Reply{};
}

int64_t TokenEndpoint::calls(absl::string_view grant_type) const {
  if (grant_type == "authorization_code") return code_calls_.load(std::memory_order_relaxed);
  if (grant_type == "refresh_token") return refresh_calls_.load(std::memory_order_relaxed);
  return 0;
}

bool TokenEndpoint::IsClient(const Request& request, const Form& form) const {
  std::string id = ValueOf(form, "client_id");
  std::string secret = ValueOf(form, "client_secret");
  if (absl::StartsWithIgnoreCase(request.authorization, "Basic ")) {
    std::string credentials;
    if (!absl::Base64Unescape(absl::string_view(request.authorization).substr(6), &credentials))
      return false;
    // RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
    const std::pair<absl::string_view, absl::string_view> halves =
        absl::StrSplit(credentials, absl::MaxSplits(':', 1));
    id = PercentDecode(halves.first);
    secret = PercentDecode(halves.second);
  }
  return id == client_id_ && secret == client_secret_;
}

Reply TokenEndpoint::RedeemCode(const Form& form) {
  code_calls_.fetch_add(1, std::memory_order_relaxed);
  const std::string code = ValueOf(form, "code");
  const std::optional<CodeGrant> grant =
      book_->RedeemCode(code, ValueOf(form, "redirect_uri"), ValueOf(form, "code_verifier"));
  if (!grant.has_value()) return OAuthError(400, "invalid_grant");
  return TokenReply(book_->Issue(grant->user, grant->scope, code),
                    make_id_token_(grant->user, grant->nonce));
}

// Without a new ID token, which OpenID Connect Core 1.0 section 12.2 permits: signing one would
// cost more than all the rest.
Reply TokenEndpoint::Refresh(const Form& form) {
  refresh_calls_.fetch_add(1, std::memory_order_relaxed);
  const std::optional<IssuedTokens> tokens = book_->Refresh(ValueOf(form, "refresh_token"));
  if (!tokens.has_value()) return OAuthError(400, "invalid_grant");
  return TokenReply(*tokens, "");
}

}  // namespace evertoken::demo
