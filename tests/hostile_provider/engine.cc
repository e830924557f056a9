#include "tests/hostile_provider/engine.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/json_text.h"
#include "server/base/secret.h"
#include "server/provider/pkce.h"
#include "tests/hostile_provider/spoil.h"

namespace evertoken::hostile {
namespace {

constexpr absl::Duration kCodeLife = absl::Minutes(1);
constexpr absl::Duration kIdTokenLife = absl::Hours(1);

ProviderReply Refusal(absl::string_view error) {
  return JsonProviderReply(400, absl::StrCat(R"({"error":")", error, R"("})"));
}

// Repeating an older pair tells what is left of it.
std::string ExpiresInMember(ExpiresIn kind, absl::Duration life) {
  const int64_t seconds = absl::ToInt64Seconds(life);
  switch (kind) {
    case ExpiresIn::kNumber:
      return absl::StrCat(R"(,"expires_in":)", seconds);
    case ExpiresIn::kString:
      return absl::StrCat(R"(,"expires_in":")", seconds, "\"");
    case ExpiresIn::kNegative:
      return R"(,"expires_in":-1)";
    case ExpiresIn::kHuge:
      return R"(,"expires_in":99999999999999999999)";
    case ExpiresIn::kZero:
      return R"(,"expires_in":0)";
    case ExpiresIn::kText:
      return R"(,"expires_in":"soon")";
    case ExpiresIn::kMissing:
      break;
  }
  return "";
}

}  // namespace

HostileProvider::HostileProvider(Settings settings)
    : settings_(std::move(settings)),
      book_(settings_.name, settings_.limits),
      script_(settings_.seed),
      keys_(settings_.algorithm) {}

absl::StatusOr<IssuedPair> HostileProvider::NewFamily(const FamilyPolicy& policy, absl::Time now,
                                                      const std::string& user) {
  std::optional<IssuedPair> pair = book_.Open(policy, user, now);
  if (!pair.has_value())
    return absl::ResourceExhaustedError("no room for another family; reset the provider");
  return *std::move(pair);
}

absl::StatusOr<std::string> HostileProvider::NewCode(Consent consent, absl::Time now) {
  if (codes_.size() >= settings_.limits.families)
    return absl::ResourceExhaustedError("no room for another code; reset the provider");
  std::string code = absl::StrCat(settings_.name, "-code-", codes_.size() + 1);
  codes_[code] = {std::move(consent), now + kCodeLife};
  return code;
}

Trouble HostileProvider::NextTrouble(Endpoint endpoint, const std::string& token) {
  const Family* family = book_.FamilyOf(token);
  return script_.Next(endpoint, family == nullptr ? TroubleScript::kAnybody : family->id);
}

ProviderReply HostileProvider::Present(const std::string& refresh_token, absl::Time now,
                                       const Trouble& trouble) {
  if (!IsDone(trouble)) {
    const bool lost = trouble.fault == Fault::kRequestLost;
    book_.Note(refresh_token, lost ? Verdict::kLost : Verdict::kNotDone, now);
  }
  return Pass(Endpoint::kToken, trouble, now, [&, this] { return Renew(refresh_token, now); });
}

ProviderReply HostileProvider::Present(const std::string& refresh_token, absl::Time now) {
  const Trouble trouble = NextTrouble(Endpoint::kToken, refresh_token);
  ProviderReply reply = Present(refresh_token, now, trouble);
  reply.delay += trouble.delay_before;
  return reply;
}

ProviderReply HostileProvider::Redeem(const std::string& code, const std::string& redirect_uri,
                                      const std::string& code_verifier, absl::Time now,
                                      const Trouble& trouble) {
  return Pass(Endpoint::kToken, trouble, now,
              [&, this] { return SpendCode(code, redirect_uri, code_verifier, now); });
}

ProviderReply HostileProvider::UserInfo(const std::string& access_token, absl::Time now,
                                        const Trouble& trouble) {
  return Pass(Endpoint::kUserInfo, trouble, now, [&, this] { return Profile(access_token, now); });
}

ProviderReply HostileProvider::Revoke(const std::string& token, absl::Time now,
                                      const Trouble& trouble) {
  return Pass(Endpoint::kRevoke, trouble, now, [&, this] {
    // An unknown token is no error (RFC 7009 section 2.2).
    if (const Family* family = book_.FamilyOf(token); family != nullptr)
      book_.End(family->id, FamilyEnd::kClientRevoked);
    return JsonProviderReply(200, "{}");
  });
}

ProviderReply HostileProvider::KeySet(absl::Time now, const Trouble& trouble) {
  return Document(Endpoint::kKeys, keys_.PublicKeySet(), now, trouble);
}

ProviderReply HostileProvider::Document(Endpoint endpoint, std::string json, absl::Time now,
                                        const Trouble& trouble) {
  return Pass(endpoint, trouble, now, [&json] { return JsonProviderReply(200, std::move(json)); });
}

ProviderReply HostileProvider::Pass(Endpoint endpoint, const Trouble& trouble, absl::Time now,
                                    absl::FunctionRef<ProviderReply()> request) {
  ++calls_[static_cast<size_t>(endpoint)];
  return Spoil(trouble, IsDone(trouble) ? request() : ProviderReply(), now + skew_);
}

ProviderReply HostileProvider::Renew(const std::string& refresh_token, absl::Time now) {
  if (!book_.HasRoom()) {
    book_.Note(refresh_token, Verdict::kNotDone, now);
    return JsonProviderReply(503, R"({"error":"temporarily_unavailable"})");
  }
  const TokenBook::Spend spend = book_.Present(refresh_token, now);
  if (spend.verdict == Verdict::kTooYoung) return Refusal("invalid_request");
  if (!spend.pair.has_value()) return Refusal("invalid_grant");
  const Family& family = *book_.FamilyOf(refresh_token);
  const std::string id_token =
      family.policy.id_token_at_refresh ? IdToken(family.user, /*nonce=*/"", now) : "";
  return TokenReply(*spend.pair, id_token, now);
}

ProviderReply HostileProvider::SpendCode(const std::string& code, const std::string& redirect_uri,
                                         const std::string& code_verifier, absl::Time now) {
  const auto found = codes_.find(code);
  if (found == codes_.end()) return Refusal("invalid_grant");
  Code& entry = found->second;
  if (entry.spent) {
    book_.End(entry.family, FamilyEnd::kReuse);
    return Refusal("invalid_grant");
  }
  const Consent& consent = entry.consent;
  const bool proven = consent.code_challenge.empty() ||
                      CodeChallenge(Secret(code_verifier)) == consent.code_challenge;
  if (!proven || now >= entry.expire_time || redirect_uri != consent.redirect_uri)
    return Refusal("invalid_grant");
  const std::optional<IssuedPair> pair = book_.Open(consent.policy, consent.user, now);
  if (!pair.has_value()) return JsonProviderReply(503, R"({"error":"temporarily_unavailable"})");
  entry.spent = true;
  entry.family = pair->family;
  return TokenReply(*pair, IdToken(consent.user, consent.nonce, now), now);
}

ProviderReply HostileProvider::Profile(const std::string& access_token, absl::Time now) {
  if (!book_.AccessWorks(access_token, now)) {
    ProviderReply reply = JsonProviderReply(401, R"({"error":"invalid_token"})");
    reply.headers.emplace_back("www-authenticate", R"(Bearer error="invalid_token")");
    return reply;
  }
  const std::string& user = book_.FamilyOf(access_token)->user;
  // The count of visits stands in it, so that two fetches can be told apart.
  const std::string name = absl::StrCat(user, " Example ", calls(Endpoint::kUserInfo));
  return JsonProviderReply(
      200, absl::StrCat("{\"sub\":", JsonQuote(user), ",\"name\":", JsonQuote(name),
                        ",\"preferred_username\":", JsonQuote(user),
                        ",\"email\":\"user@example.com\",\"email_verified\":true,\"updated_at\":",
                        absl::ToUnixSeconds(now + skew_), "}"));
}

ProviderReply HostileProvider::TokenReply(const IssuedPair& pair, const std::string& id_token,
                                          absl::Time now) const {
  const FamilyPolicy& policy = book_.FamilyOf(pair.access_token)->policy;
  std::string body = absl::StrCat(R"({"access_token":")", pair.access_token,
                                  R"(","token_type":"Bearer","scope":)", JsonQuote(policy.scope),
                                  ExpiresInMember(policy.expires_in, pair.access_expires - now));
  if (!pair.refresh_token.empty())
    absl::StrAppend(&body, R"(,"refresh_token":")", pair.refresh_token, "\"");
  if (policy.tells_refresh_life && pair.refresh_expires != absl::InfiniteFuture()) {
    absl::StrAppend(&body, R"(,"refresh_token_expires_in":)",
                    absl::ToInt64Seconds(pair.refresh_expires - now));
  }
  if (!id_token.empty()) absl::StrAppend(&body, R"(,"id_token":")", id_token, "\"");
  return JsonProviderReply(200, absl::StrCat(body, "}"));
}

std::string HostileProvider::IdToken(const std::string& user, const std::string& nonce,
                                     absl::Time now) {
  const int64_t issued = absl::ToUnixSeconds(now + skew_);
  std::string claims =
      absl::StrCat("{\"iss\":", JsonQuote(settings_.issuer), ",\"sub\":", JsonQuote(user),
                   ",\"aud\":", JsonQuote(settings_.client_id), ",\"iat\":", issued,
                   ",\"exp\":", issued + absl::ToInt64Seconds(kIdTokenLife));
  if (!nonce.empty()) absl::StrAppend(&claims, ",\"nonce\":", JsonQuote(nonce));
  return keys_.Sign(absl::StrCat(claims, "}"));
}

}  // namespace evertoken::hostile
