#include "tests/demo/authorization_flow.h"

#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "server/base/ids.h"
#include "tests/demo/form.h"
#include "tests/demo/provider_pages.h"

namespace evertoken::demo {
namespace {

constexpr absl::Duration kInteractionLife = absl::Minutes(10);
constexpr size_t kMaxInteractions = 10000;
constexpr size_t kMaxUserLength = 100;
constexpr size_t kChallengeLength = 43;  // SHA-256 in base64url

bool AsksFor(absl::string_view scope, absl::string_view wanted) {
  const std::vector<absl::string_view> scopes = absl::StrSplit(scope, ' ');
  for (const absl::string_view one : scopes) {
    if (one == wanted) return true;
  }
  return false;
}

// The RFC 6749 error code of a request whose redirect URI was proven; empty: none.
std::string ErrorOf(const Form& query) {
  if (ValueOf(query, "response_type") != "code") return "unsupported_response_type";
  if (!AsksFor(ValueOf(query, "scope"), "openid")) return "invalid_scope";
  if (ValueOf(query, "code_challenge_method") != "S256") return "invalid_request";
  if (ValueOf(query, "code_challenge").size() != kChallengeLength) return "invalid_request";
  return "";
}

}  // namespace

AuthorizationFlow::AuthorizationFlow(std::string issuer, std::string client_id, GrantBook* book,
                                     const Clock* clock)
    : issuer_(std::move(issuer)), client_id_(std::move(client_id)), book_(book), clock_(clock) {}

void AuthorizationFlow::AllowRedirectUri(const std::string& uri) {
  absl::MutexLock lock(&mutex_);
  redirect_uris_.insert(uri);
}

Reply AuthorizationFlow::Authorize(const Request& request) {
  const Form& query = request.query;
  if (ValueOf(query, "client_id") != client_id_)
    return ErrorPage("The app is not registered here (client_id).");
  Interaction interaction;
  interaction.grant.redirect_uri = ValueOf(query, "redirect_uri");
  // Nothing is ever sent to an address that was not registered.
  if (!IsAllowed(interaction.grant.redirect_uri)) {
    return ErrorPage(
        "The redirect_uri is not one of those registered for the app, character by character.");
  }
  interaction.state = ValueOf(query, "state");
  if (const std::string error = ErrorOf(query); !error.empty())
    return RedirectError(interaction, error);
  interaction.grant.scope = ValueOf(query, "scope");
  interaction.grant.nonce = ValueOf(query, "nonce");
  interaction.grant.code_challenge = ValueOf(query, "code_challenge");
  interaction.expire_time = clock_->Now() + kInteractionLife;
  DropExpired();
  if (interactions_.size() >= kMaxInteractions)
    return RedirectError(interaction, "temporarily_unavailable");
  const std::string id = RandomToken(16);
  interactions_[id] = std::move(interaction);
  return LoginPage(id);
}

Reply AuthorizationFlow::Login(const Request& request) {
  const Form form = ParseForm(request.body);
  const std::string id = ValueOf(form, "interaction");
  const std::string user = ValueOf(form, "user");
  Interaction* const interaction = Find(id);
  if (interaction == nullptr)
    return ErrorPage("This login is unknown or too old. Start again at the app.");
  if (user.empty() || user.size() > kMaxUserLength) return LoginPage(id);
  interaction->grant.user = user;
  return ConsentPage(id, user, interaction->grant.scope);
}

Reply AuthorizationFlow::Consent(const Request& request) {
  const Form form = ParseForm(request.body);
  const std::string id = ValueOf(form, "interaction");
  Interaction* const found = Find(id);
  if (found == nullptr || found->grant.user.empty()) {
    return ErrorPage("This login is unknown or too old. Start again at the app.");
  }
  const Interaction interaction = std::move(*found);
  interactions_.erase(id);
  if (ValueOf(form, "decision") != "allow") return RedirectError(interaction, "access_denied");
  const std::string code = book_->IssueCode(interaction.grant);
  return Redirect(AppendQuery(interaction.grant.redirect_uri,
                              {{"code", code}, {"state", interaction.state}, {"iss", issuer_}}));
}

bool AuthorizationFlow::IsAllowed(const std::string& redirect_uri) const {
  absl::MutexLock lock(&mutex_);
  return redirect_uris_.count(redirect_uri) > 0;
}

Reply AuthorizationFlow::RedirectError(const Interaction& interaction,
                                       const std::string& error) const {
  return Redirect(AppendQuery(interaction.grant.redirect_uri,
                              {{"error", error}, {"state", interaction.state}, {"iss", issuer_}}));
}

AuthorizationFlow::Interaction* AuthorizationFlow::Find(const std::string& id) {
  const auto found = interactions_.find(id);
  if (found == interactions_.end() || found->second.expire_time <= clock_->Now()) return nullptr;
  return &found->second;
}

void AuthorizationFlow::DropExpired() {
  const absl::Time now = clock_->Now();
  absl::erase_if(interactions_,
                 [now](const auto& entry) { return entry.second.expire_time <= now; });
}

}  // namespace evertoken::demo
