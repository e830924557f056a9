#include "server/broker/token_look.h"

#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/base/request_context.h"
#include "server/broker/freshness.h"
#include "server/broker/renewal_failures.h"
#include "server/broker/renewal_rules.h"

namespace evertoken {
namespace {

// Whether a rule of the entry says what has become of the grant.
bool SaysOfGrant(const IntrospectionResult& looked) {
  return IsTerminal(looked.status) ||
         ReasonOf(looked.status) == v1::ERROR_REASON_USER_ACTION_REQUIRED;
}

// Whether the provider spoke of the token.
bool SaysOfToken(const IntrospectionResult& looked) {
  return looked.status.ok() || looked.access_token_rejected || SaysOfGrant(looked) ||
         ReasonOf(looked.status) == v1::ERROR_REASON_CREDENTIAL_REJECTED;
}

// Whether asking again soon would bring the same answer.
bool IsAnswer(const IntrospectionResult& looked) {
  const ErrorReason reason = ReasonOf(looked.status);
  return SaysOfToken(looked) || reason == v1::ERROR_REASON_PROVIDER_REPLY_INVALID ||
         reason == v1::ERROR_REASON_PROVIDER_MISCONFIGURED;
}

void Write(const IntrospectionResult& looked, absl::Time now, storage::v1::Grant* record) {
  *record->mutable_introspect_time() = ToTimestamp(now);
  if (SaysOfGrant(looked)) return ApplyFailure(looked.status, now, record);
  const bool tells_end = looked.status.ok() && looked.told.has_access_expire_time();
  if (tells_end && !record->tokens().has_access_expire_time())
    *record->mutable_tokens()->mutable_access_expire_time() = looked.told.access_expire_time();
}

}  // namespace

TokenLook::TokenLook(GrantRepository* grants, GuardedProvider* provider, Renewer* renewer,
                     const Clock* clock)
    : grants_(grants), provider_(provider), renewer_(renewer), clock_(clock) {}

Task<absl::Status> TokenLook::Look(const config::v1::App* app, ProviderBinding binding,
                                   LoadedGrant grant) {
  storage::v1::ProviderTokens tokens = grant.grant().tokens();
  const std::string judged = tokens.access_token();
  IntrospectionResult looked =
      co_await provider_->Introspect(app, binding, std::move(tokens), Priority::kBackground);
  if (!IsAnswer(looked)) co_return looked.status;
  const absl::Time now = clock_->Now();
  GrantRepository::Change change = [&looked, &judged, now](storage::v1::Grant* record) {
    // What the provider said is said of this token: a renewal meanwhile has made another.
    if (!CheckAlive(*record).ok() || record->tokens().access_token() != judged) return false;
    Write(looked, now, record);
    return true;
  };
  absl::StatusOr<LoadedGrant> written =
      co_await grants_->Update(std::move(grant), std::move(change));
  if (!written.ok()) co_return written.status();
  if (!SaysOfToken(looked)) co_return looked.status;
  const bool renews = looked.access_token_rejected &&
                      written->grant().tokens().access_token() == judged &&
                      CheckRenewable(written->grant(), *binding.entry, now).ok();
  if (!renews) co_return absl::OkStatus();
  RequestContext context = MakeRequestContext("", "");
  context.app = app->key();
  // The grant records how that ends.
  co_await renewer_->Renew(std::move(context), std::move(binding), *std::move(written),
                           RenewalAttempt::Cause::kTokenRefused);
  co_return absl::OkStatus();
}

}  // namespace evertoken
