#include "server/broker/guarded_provider.h"

#include <utility>

#include "server/broker/call_outcome.h"

namespace evertoken {

GuardedProvider::GuardedProvider(ProviderApi* providers, ProviderGuard* guard, const Clock* clock,
                                 absl::Duration timeout)
    : providers_(providers), guard_(guard), clock_(clock), timeout_(timeout) {}

Task<absl::StatusOr<ProviderGuard::Permit>> GuardedProvider::Admit(const config::v1::App* app,
                                                                   ProviderBinding binding) {
  const absl::Time deadline = clock_->Now() + timeout_;
  absl::StatusOr<ProviderGuard::Permit> permit =
      co_await guard_->Admit(*app, binding, ProviderCall::kToken, Priority::kCaller, deadline);
  co_return permit;
}

Task<absl::StatusOr<storage::v1::ProviderTokens>> GuardedProvider::RedeemCode(
    const config::v1::App* app, ProviderBinding binding, CodeRedemption redemption) {
  absl::StatusOr<ProviderGuard::Permit> permit = co_await Admit(app, binding);
  if (!permit.ok()) co_return permit.status();
  absl::StatusOr<storage::v1::ProviderTokens> tokens =
      co_await providers_->RedeemCode(binding, std::move(redemption));
  permit->Report(OutcomeOf(tokens.status()));
  co_return tokens;
}

Task<absl::StatusOr<bool>> GuardedProvider::Revoke(const config::v1::App* app,
                                                   ProviderBinding binding,
                                                   storage::v1::ProviderTokens tokens) {
  absl::StatusOr<ProviderGuard::Permit> permit = co_await Admit(app, binding);
  if (!permit.ok()) co_return permit.status();
  absl::StatusOr<bool> revoked = co_await providers_->Revoke(binding, std::move(tokens));
  const CallOutcome outcome = OutcomeOf(revoked.status());
  // An endpoint that is used for nothing else must not stop renewals because it fails.
  const bool tells =
      outcome.kind == CallOutcome::Kind::kWorks || outcome.kind == CallOutcome::Kind::kThrottled;
  permit->Report(tells ? outcome : CallOutcome());
  co_return revoked;
}

}  // namespace evertoken
