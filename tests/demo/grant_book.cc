#include "tests/demo/grant_book.h"

#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "server/base/ids.h"
#include "tests/demo/signing_key.h"

namespace evertoken::demo {
namespace {

constexpr absl::Duration kCodeLife = absl::Seconds(60);
constexpr size_t kTokenBytes = 32;

std::string ChallengeOf(absl::string_view verifier) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(verifier.data()), verifier.size(), digest);
  return Base64Url(absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

}  // namespace

GrantBook::GrantBook(Settings settings, const Clock* clock) : settings_(settings), clock_(clock) {}

std::string GrantBook::IssueCode(CodeGrant grant) {
  absl::MutexLock lock(&mutex_);
  DropExpired();
  std::string code = RandomToken(kTokenBytes);
  codes_[code] = Code{std::move(grant), clock_->Now() + kCodeLife, false, nullptr};
  return code;
}

std::optional<CodeGrant> GrantBook::RedeemCode(const std::string& code,
                                               absl::string_view redirect_uri,
                                               absl::string_view code_verifier) {
  absl::MutexLock lock(&mutex_);
  const auto found = codes_.find(code);
  if (found == codes_.end() || found->second.expire_time <= clock_->Now()) return std::nullopt;
  Code& entry = found->second;
  if (entry.spent) {
    if (entry.family != nullptr) entry.family->alive = false;
    return std::nullopt;
  }
  entry.spent = true;
  if (entry.grant.redirect_uri != redirect_uri ||
      ChallengeOf(code_verifier) != entry.grant.code_challenge) {
    return std::nullopt;
  }
  return entry.grant;
}

IssuedTokens GrantBook::Issue(const std::string& user, const std::string& scope,
                              const std::string& code) {
  absl::MutexLock lock(&mutex_);
  auto family = std::make_shared<Family>(Family{user, scope, true});
  if (const auto found = codes_.find(code); found != codes_.end()) found->second.family = family;
  return IssueFor(family, /*with_refresh_token=*/true);
}

std::optional<IssuedTokens> GrantBook::Refresh(const std::string& refresh_token) {
  absl::MutexLock lock(&mutex_);
  const auto found = refresh_tokens_.find(refresh_token);
  if (found == refresh_tokens_.end()) return std::nullopt;
  RefreshToken& entry = found->second;
  ++entry.presentations;
  if (entry.spent) entry.family->alive = false;
  if (!entry.family->alive) return std::nullopt;
  entry.spent = settings_.rotate;
  return IssueFor(entry.family, /*with_refresh_token=*/settings_.rotate);
}

std::optional<std::string> GrantBook::UserOf(const std::string& access_token) {
  absl::MutexLock lock(&mutex_);
  const auto found = access_tokens_.find(access_token);
  if (found == access_tokens_.end() || !found->second.family->alive) return std::nullopt;
  if (found->second.expire_time <= clock_->Now()) return std::nullopt;
  return found->second.family->user;
}

void GrantBook::Revoke(const std::string& token) {
  absl::MutexLock lock(&mutex_);
  if (const auto found = refresh_tokens_.find(token); found != refresh_tokens_.end()) {
    found->second.family->alive = false;
  }
  if (const auto found = access_tokens_.find(token); found != access_tokens_.end())
    found->second.family->alive = false;
}

void GrantBook::RevokeUser(const std::string& user) {
  absl::MutexLock lock(&mutex_);
  for (auto& [token, entry] : refresh_tokens_) {
    if (entry.family->user == user) entry.family->alive = false;
  }
}

int GrantBook::Presentations(const std::string& refresh_token) const {
  absl::MutexLock lock(&mutex_);
  const auto found = refresh_tokens_.find(refresh_token);
  return found == refresh_tokens_.end() ? 0 : found->second.presentations;
}

// `family` by value: the entry it may come from moves when the table grows.
IssuedTokens GrantBook::IssueFor(std::shared_ptr<Family> family, bool with_refresh_token) {
  DropExpired();
  IssuedTokens tokens;
  tokens.access_token = RandomToken(kTokenBytes);
  tokens.expires_in = settings_.access_token_ttl;
  tokens.user = family->user;
  tokens.scope = family->scope;
  access_tokens_[tokens.access_token] =
      AccessToken{family, clock_->Now() + settings_.access_token_ttl};
  if (with_refresh_token) {
    tokens.refresh_token = RandomToken(kTokenBytes);
    refresh_tokens_[tokens.refresh_token] = RefreshToken{std::move(family), false, 0};
  }
  return tokens;
}

// Spent refresh tokens are kept for as long as the provider runs: knowing them is what reuse
// detection means.
void GrantBook::DropExpired() {
  if (codes_.size() + access_tokens_.size() < sweep_at_) return;
  const absl::Time now = clock_->Now();
  absl::erase_if(codes_, [now](const auto& entry) { return entry.second.expire_time <= now; });
  absl::erase_if(access_tokens_,
                 [now](const auto& entry) { return entry.second.expire_time <= now; });
  sweep_at_ = std::max<size_t>(1024, 2 * (codes_.size() + access_tokens_.size()));
}

}  // namespace evertoken::demo
