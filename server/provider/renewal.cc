#include "server/provider/renewal.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/provider/binding_values.h"
#include "server/provider/token_merge.h"
#include "server/provider/token_reply.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using storage::v1::ProviderTokens;

RenewalResult NotSent(absl::StatusOr<ProviderTokens> tokens) {
  return {SpendOutcome::kNotSent, std::move(tokens), absl::ZeroDuration()};
}

absl::Status NotSupported(const ProviderBinding& binding) {
  return MakeError(
      v1::ERROR_REASON_REFRESH_NOT_SUPPORTED,
      absl::StrCat("provider ", binding.provider, ": gave nothing that could be renewed"));
}

RenewalResult Merge(const ProviderBinding& binding, const Provider::TokenReply& format,
                    const ProviderTokens& current, const TokenAnswer& answer) {
  if (!answer.body.ok()) return {answer.outcome, answer.body.status(), answer.pause};
  absl::StatusOr<ProviderTokens> fresh =
      ReadTokenReply(binding, format, (*answer.body)->root(), answer.sent, current.refresh_token());
  if (!fresh.ok()) return {SpendOutcome::kUnclear, fresh.status(), answer.pause};
  return {answer.outcome, MergeTokens(*binding.entry, current, *std::move(fresh)), answer.pause};
}

}  // namespace

Renewer::Renewer(const Clock* clock, TokenEndpoint* endpoint, ProfileFetcher* profiles)
    : clock_(clock), endpoint_(endpoint), profiles_(profiles) {}

Task<absl::Status> Renewer::Prepare(ProviderBinding binding) {
  const Provider::Renewal& renewal = binding.entry->renewal();
  if (renewal.has_request()) {
    const Provider::TokenRequest* request = &renewal.request();
    co_return co_await endpoint_->Prepare(std::move(binding), request);
  }
  if (renewal.kind() != Provider::Renewal::KIND_REFRESH_TOKEN_GRANT) co_return absl::OkStatus();
  co_return co_await endpoint_->Prepare(std::move(binding));
}

Task<RenewalResult> Renewer::Renew(ProviderBinding binding, ProviderTokens current,
                                   absl::Time end_by) {
  const Provider::Renewal& renewal = binding.entry->renewal();
  const absl::Time now = clock_->Now();
  const absl::Time ripe =
      FromTimestamp(current.obtain_time()) + FromDuration(renewal.minimum_age());
  if (renewal.has_minimum_age() && current.has_obtain_time() && now < ripe)
    co_return NotSent(std::move(current));
  const bool expired =
      current.has_access_expire_time() && FromTimestamp(current.access_expire_time()) <= now;
  if (renewal.only_while_alive() && expired) {
    co_return NotSent(
        MakeError(v1::ERROR_REASON_GRANT_EXPIRED,
                  absl::StrCat("provider ", binding.provider,
                               ": the token expired, and only a living one can be renewed there")));
  }
  switch (renewal.kind()) {
    case Provider::Renewal::KIND_REFRESH_TOKEN_GRANT:
      co_return co_await ByRefreshToken(std::move(binding), std::move(current), end_by);
    case Provider::Renewal::KIND_EXCHANGE_ACCESS_TOKEN:
      co_return co_await ByRequest(std::move(binding), std::move(current), end_by);
    case Provider::Renewal::KIND_LIVENESS_CHECK:
      co_return co_await ByLivenessCheck(std::move(binding), std::move(current));
    default:
      co_return NotSent(NotSupported(binding));
  }
}

Task<RenewalResult> Renewer::ByRefreshToken(ProviderBinding binding, ProviderTokens current,
                                            absl::Time end_by) {
  if (current.refresh_token().empty()) co_return NotSent(NotSupported(binding));
  if (binding.entry->renewal().has_request())
    co_return co_await ByRequest(std::move(binding), std::move(current), end_by);
  FormFields form = {{"grant_type", "refresh_token"}, {"refresh_token", current.refresh_token()}};
  const BindingValues values(binding, &current);
  const FormFields more = values.ExpandKnown(binding.entry->renewal().parameters());
  form.insert(form.end(), more.begin(), more.end());
  TokenAnswer answer =
      co_await endpoint_->Grant(binding, ReplyPlace::kRenewal, std::move(form), end_by);
  co_return Merge(binding, binding.entry->token().reply(), current, answer);
}

Task<RenewalResult> Renewer::ByRequest(ProviderBinding binding, ProviderTokens current,
                                       absl::Time end_by) {
  const Provider::TokenRequest* request = &binding.entry->renewal().request();
  TokenAnswer answer =
      co_await endpoint_->Exchange(binding, ReplyPlace::kRenewal, request, current, end_by);
  co_return Merge(binding, request->reply(), current, answer);
}

Task<RenewalResult> Renewer::ByLivenessCheck(ProviderBinding binding, ProviderTokens current) {
  ProfileFetcher::Liveness alive = co_await profiles_->CheckAlive(binding, current);
  RenewalResult result;
  result.outcome = SpendOutcome::kAnswered;
  result.pause = alive.pause;
  if (alive.status.ok()) {
    result.tokens = std::move(current);
  } else {
    result.tokens = std::move(alive.status);
  }
  co_return result;
}

}  // namespace evertoken
