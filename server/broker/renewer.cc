#include "server/broker/renewer.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "server/base/error.h"
#include "server/broker/freshness.h"
#include "server/broker/renewal_rules.h"
#include "server/broker/renewed_tokens.h"
#include "server/provider/token_binding.h"

namespace evertoken {
namespace {

std::string OutcomeLabel(const Renewer::Result& result) {
  if (!result.ok()) return absl::AsciiStrToLower(ReasonName(ReasonOf(result.status())));
  if (result->joined) return "joined";
  return result->renewed ? "renewed" : "fresh";
}

}  // namespace

Renewer::Renewer(Parts parts) : parts_(parts) {}

Task<Renewer::Result> Renewer::Renew(RequestContext context, ProviderBinding binding,
                                     LoadedGrant grant, RenewalAttempt::Cause cause) {
  const std::shared_ptr<Flight> joined =
      Join(std::move(context), std::move(binding), std::move(grant), cause, std::nullopt);
  Result result = co_await joined->Wait();
  co_return result;
}

Task<Renewer::Result> Renewer::RenewDue(RequestContext context, ProviderBinding binding,
                                        LoadedGrant grant, ProviderGuard::Permit permit) {
  const std::shared_ptr<Flight> joined =
      Join(std::move(context), std::move(binding), std::move(grant), RenewalAttempt::Cause::kDue,
           std::move(permit));
  Result result = co_await joined->Wait();
  co_return result;
}

std::shared_ptr<Renewer::Flight> Renewer::Join(RequestContext context, ProviderBinding binding,
                                               LoadedGrant grant, RenewalAttempt::Cause cause,
                                               std::optional<ProviderGuard::Permit> permit) {
  std::shared_ptr<Flight>& flight = flights_[grant.key];
  if (flight == nullptr) {
    flight = std::make_shared<Flight>();
    in_flight_.fetch_add(1, std::memory_order_relaxed);
    // On its own, so that no caller who hangs up takes the work along (rule 4).
    Spawn(parts_.executor, Fly(std::move(context), std::move(binding), std::move(grant), cause,
                               std::move(permit), flight));
  }
  return flight;
}

Task<void> Renewer::Fly(RequestContext context, ProviderBinding binding, LoadedGrant grant,
                        RenewalAttempt::Cause cause, std::optional<ProviderGuard::Permit> permit,
                        std::shared_ptr<Flight> flight) {
  const SlotKey key = grant.key;
  binding = ForTokens(std::move(binding), grant.grant().tokens());
  const config::v1::App* app = parts_.apps->Find(grant.grant().app());
  const absl::Duration call = CallTimeout(*binding.entry, parts_.provider_timeout);
  const RenewalAttempt::Parts attempt_parts = {
      parts_.executor,  parts_.store,   parts_.grants,
      parts_.providers, parts_.journal, parts_.recent,
      parts_.guard,     parts_.clock,   LeaseTerms::For(call, parts_.store_timeout)};
  RenewalAttempt attempt(attempt_parts, app, context, binding, std::move(grant), cause,
                         std::move(permit),
                         [flight](absl::Status delay) { flight->Set(std::move(delay)); });
  Result result = co_await attempt.Run();
  Result judged = co_await Judge(context, binding, std::move(result));

  const std::string outcome = OutcomeLabel(judged);
  parts_.metrics->CountRenewal(binding.provider, outcome);
  Log(judged.ok() ? LogLevel::kInfo : LogLevel::kWarn, "renewal", context,
      {{"provider", binding.provider}, {"outcome", outcome}});
  // Callers from now on begin anew; those who wait get this result.
  flights_.erase(key);
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  if (!flight->is_set()) flight->Set(std::move(judged));
}

Task<Renewer::Result> Renewer::Judge(RequestContext context, ProviderBinding binding,
                                     Result result) {
  if (!result.ok() || !result->renewed || result->joined) co_return result;
  // What the slot held under the lease: what the caller knew may be older.
  const LoadedGrant before = result->before;
  if (!HasNewIdToken(*binding.entry, before.grant(), result->grant.grant())) co_return result;
  Secret id_token(result->grant.grant().tokens().id_token());
  const absl::StatusOr<IdTokenClaims> claims =
      co_await parts_.providers->VerifyRenewedIdToken(binding, std::move(id_token));
  if (claims.ok()) co_return result;
  absl::Status verdict = claims.status();
  Log(LogLevel::kWarn, "renewed_tokens_invalid", context,
      {{"provider", binding.provider}, {"error", verdict}});
  // Nothing could be read that speaks against them.
  if (ReasonOf(verdict) != v1::ERROR_REASON_PROVIDER_REPLY_INVALID) co_return result;
  const absl::Time now = parts_.clock->Now();
  GrantRepository::Change change = [&](storage::v1::Grant* grant) {
    const bool judged =
        grant->tokens().access_token() == result->grant.grant().tokens().access_token();
    if (!judged || !CheckAlive(*grant).ok()) return false;
    WithdrawTokens(before.grant(), verdict, now, grant);
    return true;
  };
  absl::StatusOr<LoadedGrant> withdrawn =
      co_await parts_.grants->Update(result->grant, std::move(change));
  if (withdrawn.ok()) {
    parts_.recent->Remember(*withdrawn);
  } else {
    Log(LogLevel::kError, "invalid_tokens_not_withdrawn", context,
        {{"grant", before.grant().grant_id()}, {"error", withdrawn.status()}});
  }
  co_return verdict;
}

}  // namespace evertoken
