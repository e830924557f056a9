#include "server/broker/guarded_provider.h"

#include <utility>

#include "server/broker/call_outcome.h"

namespace evertoken {
namespace {

// For its turn; then a revocation goes out without.
constexpr absl::Duration kRevocationWait = absl::Seconds(1);

// What a call tells the guard beside success: that the provider asks to be left alone. That it failed is told by renewals alone.
CallOutcome OnlyThrottling(const absl::Status& status) {
  const CallOutcome outcome = OutcomeOf(status);
  return outcome.kind == CallOutcome::Kind::kThrottled ? outcome : CallOutcome();
}

}  // namespace

GuardedProvider::GuardedProvider(ProviderApi* providers, ProviderGuard* guard, const Clock* clock,
                                 absl::Duration timeout)
    : providers_(providers), guard_(guard), clock_(clock), timeout_(timeout) {}

Task<absl::StatusOr<ProviderGuard::Permit>> GuardedProvider::Admit(const config::v1::App* app,
                                                                   ProviderBinding binding,
                                                                   ProviderCall call,
                                                                   absl::Duration wait,
                                                                   Priority priority) {
  const absl::Time deadline = clock_->Now() + wait;
  absl::StatusOr<ProviderGuard::Permit> permit =
      co_await guard_->Admit(*app, binding, call, priority, deadline);
  co_return permit;
}

Task<absl::StatusOr<storage::v1::ProviderTokens>> GuardedProvider::RedeemCode(
    const config::v1::App* app, ProviderBinding binding, CodeRedemption redemption) {
  absl::StatusOr<ProviderGuard::Permit> permit =
      co_await Admit(app, binding, ProviderCall::kToken, timeout_);
  if (!permit.ok()) co_return permit.status();
  absl::StatusOr<storage::v1::ProviderTokens> tokens =
      co_await providers_->RedeemCode(binding, std::move(redemption));
  // Codes come from browsers, that is from anybody: failures that they provoke must not stop renewals.
  permit->Report(tokens.ok() ? OutcomeOf(tokens.status()) : OnlyThrottling(tokens.status()));
  co_return tokens;
}

Task<IntrospectionResult> GuardedProvider::Introspect(const config::v1::App* app,
                                                      ProviderBinding binding,
                                                      storage::v1::ProviderTokens tokens,
                                                      Priority priority) {
  IntrospectionResult result;
  absl::StatusOr<ProviderGuard::Permit> permit =
      co_await Admit(app, binding, ProviderCall::kProfile, timeout_, priority);
  if (!permit.ok()) {
    result.status = permit.status();
    co_return result;
  }
  result = co_await providers_->Introspect(std::move(binding), std::move(tokens));
  permit->Report(OnlyThrottling(result.status));
  co_return result;
}

Task<absl::StatusOr<bool>> GuardedProvider::Revoke(const config::v1::App* app,
                                                   ProviderBinding binding,
                                                   storage::v1::ProviderTokens tokens) {
  if (!binding.entry->has_revocation()) co_return false;
  // Asked even when the guard refuses: nobody can end these tokens later.
  absl::StatusOr<ProviderGuard::Permit> permit =
      co_await Admit(app, binding, ProviderCall::kToken, kRevocationWait);
  absl::StatusOr<bool> revoked = co_await providers_->Revoke(binding, std::move(tokens));
  // It may be another endpoint than that of renewals, of which it tells nothing.
  if (permit.ok()) permit->Report(OnlyThrottling(revoked.status()));
  co_return revoked;
}

}  // namespace evertoken
