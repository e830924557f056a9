#include "server/provider/reply_classifier.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/provider/provider_error.h"
#include "server/provider/reply_pause.h"
#include "server/provider/retry_after.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using Rule = Provider::ErrorRule;

bool IsTokenPlace(ReplyPlace place) {
  return place == ReplyPlace::kRedemption || place == ReplyPlace::kRenewal;
}

bool IsTransient(int status) { return status == 429 || status == 408 || status >= 500; }

bool IsTerminal(Rule::Outcome outcome) {
  return outcome == Rule::OUTCOME_REVOKED || outcome == Rule::OUTCOME_EXPIRED;
}

template <typename List>
bool Holds(const List& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool MatchesPlace(const Rule& rule, ReplyPlace place) {
  switch (rule.where()) {
    case Rule::WHERE_TOKEN:
      return IsTokenPlace(place);
    case Rule::WHERE_PROFILE:
      return place == ReplyPlace::kProfile;
    case Rule::WHERE_REVOCATION:
      return place == ReplyPlace::kRevocation;
    default:
      return true;
  }
}

bool Matches(const Rule& rule, ReplyPlace place, int status, const JsonDocument* body) {
  if (!MatchesPlace(rule, place)) return false;
  if (IsTerminal(rule.outcome()) && IsTransient(status)) return false;
  const auto& statuses = rule.status();
  if (!statuses.empty() && std::find(statuses.begin(), statuses.end(), status) == statuses.end())
    return false;
  if (!rule.body().empty() && body == nullptr) return false;
  return std::all_of(rule.body().begin(), rule.body().end(), [&](const auto& condition) {
    return MatchesValue(body->root().At(condition.first), condition.second);
  });
}

class Judge {
 public:
  Judge(const ProviderBinding& binding, ReplyPlace place, const HttpReply& reply,
        const JsonDocument* body, absl::Time now)
      : provider_(binding.provider),
        entry_(*binding.entry),
        place_(place),
        reply_(reply),
        body_(body),
        now_(now) {}

  ReplyVerdict Verdict() const {
    for (const Rule& rule : entry_.errors()) {
      if (Matches(rule, place_, reply_.status, body_)) return ByRule(rule.outcome());
    }
    if (reply_.status == 429) return {RateLimited(provider_, Wait(kRateLimitedDelay))};
    if (IsTransient(reply_.status)) return {Unavailable(provider_, Wait(kUnavailableDelay))};
    return IsTokenPlace(place_) ? ByTokenStandard() : ByResourceStandard();
  }

 private:
  absl::Duration Wait(absl::Duration otherwise) const {
    const std::optional<absl::Duration> asked = ParseRetryAfter(reply_.Header("retry-after"), now_);
    if (asked.has_value()) return *asked;
    return ParseQuotaReset(reply_, now_).value_or(otherwise);
  }

  bool IsSuccess() const { return reply_.status >= 200 && reply_.status < 300; }

  absl::Status Make(ErrorReason reason, absl::string_view what) const {
    return MakeError(reason, absl::StrCat("provider ", provider_, ": ", what));
  }

  ReplyVerdict ByRule(Rule::Outcome outcome) const {
    switch (outcome) {
      case Rule::OUTCOME_REVOKED:
        return {Ended(v1::ERROR_REASON_GRANT_REVOKED,
                      "the permission was withdrawn; the user must sign in again")};
      case Rule::OUTCOME_EXPIRED:
        return {Ended(v1::ERROR_REASON_GRANT_EXPIRED,
                      "the provider's own deadline has passed; the user must sign in again")};
      case Rule::OUTCOME_USER_ACTION_REQUIRED:
        return {UserActionRequired()};
      case Rule::OUTCOME_ACCESS_TOKEN_REJECTED:
        return AccessTokenRejected();
      case Rule::OUTCOME_SCOPE_MISSING:
        return {ScopeMissing()};
      case Rule::OUTCOME_RATE_LIMITED:
        return {RateLimited(provider_, Wait(kRateLimitedDelay))};
      case Rule::OUTCOME_UNAVAILABLE:
        return {Unavailable(provider_, Wait(kUnavailableDelay))};
      case Rule::OUTCOME_UNEXPLAINED:
        return {Unexplained()};
      default:
        return {Misconfigured(
            provider_,
            "refuses our OAuth client; check the app's client id, secret and redirect URI")};
    }
  }

  // Before there is a grant only its code can be refused.
  absl::Status Ended(ErrorReason reason, absl::string_view what) const {
    return place_ == ReplyPlace::kRedemption ? CredentialRejected() : Make(reason, what);
  }

  absl::Status CredentialRejected() const {
    return Make(v1::ERROR_REASON_CREDENTIAL_REJECTED,
                "refused the authorization code; the user must sign in again");
  }
  absl::Status UserActionRequired() const {
    return Make(v1::ERROR_REASON_USER_ACTION_REQUIRED,
                "the user must act there first; send the user through a new login");
  }
  absl::Status ScopeMissing() const {
    return Make(v1::ERROR_REASON_SCOPE_MISSING,
                "a scope is missing that the call needs; ask for it in a new login");
  }
  absl::Status NotExplained() const {
    return ReplyInvalid(provider_,
                        "answered with an error that neither the catalogue nor RFC 6749 explains");
  }
  // Whatever it is: at a redemption the code was not taken.
  absl::Status Unexplained() const {
    return place_ == ReplyPlace::kRedemption ? CredentialRejected() : NotExplained();
  }
  ReplyVerdict AccessTokenRejected() const {
    return {ReplyInvalid(provider_, "does not accept its own access token"), true};
  }

  // RFC 6749 section 5.2, and OpenID Connect's codes for a user who is needed (Core section 3.1.2.6).
  ReplyVerdict ByTokenStandard() const {
    const JsonRef error = body_ == nullptr ? JsonRef() : body_->root().At("/error");
    const std::string code = error.is_string() ? *error.Text() : std::string();
    const bool has_error = error.is_object() || !code.empty();
    // Some providers report errors with status 200.
    if (IsSuccess() && !has_error) return {};
    if (Holds(std::initializer_list<const char*>{"invalid_client", "unauthorized_client",
                                                 "unsupported_grant_type"},
              code) ||
        (code.empty() && reply_.status == 401)) {
      return ByRule(Rule::OUTCOME_MISCONFIGURED);
    }
    if (Holds(std::initializer_list<const char*>{"interaction_required", "login_required",
                                                 "consent_required"},
              code)) {
      return {UserActionRequired()};
    }
    if (code == "temporarily_unavailable" || code == "server_error")
      return ByRule(Rule::OUTCOME_UNAVAILABLE);
    if (code == "slow_down") return ByRule(Rule::OUTCOME_RATE_LIMITED);
    if (has_error) return {Unexplained()};
    return {NotExplained()};
  }

  // RFC 6750 section 3.1.
  ReplyVerdict ByResourceStandard() const {
    if (IsSuccess()) return {};
    if (place_ == ReplyPlace::kRevocation && reply_.status == 401)
      return ByRule(Rule::OUTCOME_MISCONFIGURED);
    if (reply_.status == 401) return AccessTokenRejected();
    const bool scope = absl::StrContains(reply_.Header("www-authenticate"), "insufficient_scope");
    if (reply_.status == 403 && scope) return {ScopeMissing()};
    return {ReplyInvalid(provider_, "answered with a status that the catalogue does not explain")};
  }

  const std::string& provider_;
  const Provider& entry_;
  const ReplyPlace place_;
  const HttpReply& reply_;
  const JsonDocument* const body_;
  const absl::Time now_;
};

}  // namespace

bool MatchesValue(JsonRef value, const Rule::Values& values) {
  if (!values.contains().empty()) {
    const std::vector<JsonRef> elements = value.Elements();
    return std::any_of(elements.begin(), elements.end(), [&](const JsonRef& element) {
      const std::optional<std::string> text = element.Text();
      return text.has_value() && Holds(values.contains(), *text);
    });
  }
  if (Holds(values.any_of(), "*")) return value.exists();
  const std::optional<std::string> text = value.Text();
  if (!text.has_value()) return false;
  return values.none_of().empty() ? Holds(values.any_of(), *text) : !Holds(values.none_of(), *text);
}

ReplyVerdict ClassifyReply(const ProviderBinding& binding, ReplyPlace place, const HttpReply& reply,
                           const JsonDocument* body, absl::Time now) {
  return Judge(binding, place, reply, body, now).Verdict();
}

}  // namespace evertoken
