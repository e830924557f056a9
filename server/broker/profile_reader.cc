#include "server/broker/profile_reader.h"

#include <algorithm>
#include <utility>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/call_outcome.h"
#include "server/broker/freshness.h"
#include "server/broker/profile_merge.h"
#include "server/broker/renewal_failures.h"
#include "server/broker/renewal_rules.h"
#include "server/provider/profile_bound.h"

namespace evertoken {
namespace {

// How old a renewal may be that still proves the user's permission, where no profile call can.
constexpr absl::Duration kProofLifetime = absl::Hours(24);

bool IsProven(const storage::v1::Grant& grant, absl::Time now) {
  const absl::Time proven = std::max(FromTimestamp(grant.login_time()),
                                     FromTimestamp(grant.renewal().last_success_time()));
  return now - proven <= kProofLifetime;
}

bool ChangesGrant(const absl::Status& failure) {
  const ErrorReason reason = ReasonOf(failure);
  return reason == v1::ERROR_REASON_GRANT_REVOKED || reason == v1::ERROR_REASON_GRANT_EXPIRED ||
         reason == v1::ERROR_REASON_USER_ACTION_REQUIRED;
}

// Whether the access token can be given out: also a renewal that is under way, or whose answer was lost, may have ended it.
bool MayUseToken(const config::v1::Provider& entry, const LoadedGrant& grant,
                 absl::Duration min_remaining, absl::Time now) {
  const bool doubtful =
      grant.snapshot->attempt_open || grant.grant().state() == v1::GRANT_STATE_AMBIGUOUS;
  if (entry.renewal().ends_access_token() && doubtful) return false;
  return AccessTokenUsable(grant.grant().tokens(), min_remaining, now);
}

}  // namespace

ProfileReader::ProfileReader(Parts parts) : parts_(parts) {}

Task<absl::StatusOr<ProfileReader::Outcome>> ProfileReader::Fetch(RequestContext context,
                                                                  ProviderBinding binding,
                                                                  LoadedGrant grant) {
  // Where only a refusal shall bring a renewal, the call itself tells whether the token still works.
  const bool waits_for_refusal = binding.entry->renewal().timing().mode() ==
                                     config::v1::Provider::Renewal::MODE_ON_REJECTION &&
                                 !grant.grant().tokens().access_token().empty() &&
                                 CheckAlive(grant.grant()).ok();
  absl::StatusOr<LoadedGrant> usable = grant;
  if (binding.entry->profile_calls().empty()) {
    usable = co_await WithProof(context, binding, grant);
  } else if (!waits_for_refusal) {
    usable = co_await WithUsableToken(context, binding, grant, kExpiryMargin);
  }
  if (!usable.ok()) co_return usable.status();
  bool may_renew = CheckRenewable(usable->grant(), *binding.entry, parts_.clock->Now()).ok();
  for (;;) {
    ProfileResult fetched = co_await Ask(binding, *usable);
    if (fetched.status.ok()) {
      absl::StatusOr<Outcome> kept = co_await Keep(*usable, std::move(fetched));
      co_return kept;
    }
    if (!fetched.access_token_rejected || !may_renew) {
      absl::Status failure = co_await Record(*usable, fetched.status);
      co_return failure;
    }
    may_renew = false;
    usable = co_await RenewNow(context, binding, *usable, RenewalAttempt::Cause::kTokenRefused);
    if (!usable.ok()) co_return usable.status();
  }
}

Task<ProfileResult> ProfileReader::Ask(ProviderBinding binding, LoadedGrant grant) {
  ProfileResult fetched;
  const config::v1::App* app = parts_.apps->Find(grant.grant().app());
  const absl::Time deadline = parts_.clock->Now() + parts_.provider_timeout;
  absl::StatusOr<ProviderGuard::Permit> permit = co_await parts_.guard->Admit(
      *app, binding, ProviderCall::kProfile, Priority::kCaller, deadline);
  if (!permit.ok()) {
    fetched.status = permit.status();
    co_return fetched;
  }
  storage::v1::ProviderTokens tokens = grant.grant().tokens();
  std::string claims = grant.grant().id_token_claims();
  fetched = co_await parts_.providers->FetchProfile(binding, std::move(tokens), std::move(claims));
  permit->Report(OutcomeOf(fetched));
  co_return fetched;
}

Task<absl::StatusOr<LoadedGrant>> ProfileReader::WithUsableToken(RequestContext context,
                                                                 ProviderBinding binding,
                                                                 LoadedGrant grant,
                                                                 absl::Duration min_remaining) {
  const absl::Time now = parts_.clock->Now();
  absl::Status alive = CheckAlive(grant.grant());
  if (!alive.ok()) co_return alive;
  absl::StatusOr<LoadedGrant> known = co_await AskStore(binding, grant);
  if (!known.ok()) co_return known.status();
  if (MayUseToken(*binding.entry, *known, min_remaining, now)) co_return known;
  absl::StatusOr<LoadedGrant> renewed =
      co_await RenewNow(context, binding, *known, RenewalAttempt::Cause::kAsked);
  if (renewed.ok()) co_return renewed;
  // What still lives is still served, unless the renewal proved that it is dead (rule 5).
  if (ChangesGrant(renewed.status())) co_return renewed;
  known = co_await AskStore(binding, *known);
  if (known.ok() &&
      MayUseToken(*binding.entry, *known, absl::ZeroDuration(), parts_.clock->Now())) {
    co_return known;
  }
  co_return renewed;
}

Task<absl::StatusOr<LoadedGrant>> ProfileReader::WithProof(RequestContext context,
                                                           ProviderBinding binding,
                                                           LoadedGrant grant) {
  const absl::Time now = parts_.clock->Now();
  absl::Status alive = CheckAlive(grant.grant());
  if (!alive.ok()) co_return alive;
  const bool renewable = CheckRenewable(grant.grant(), *binding.entry, now).ok();
  if (!renewable || IsProven(grant.grant(), now)) co_return grant;
  absl::StatusOr<LoadedGrant> renewed =
      co_await RenewNow(context, binding, grant, RenewalAttempt::Cause::kAsked);
  co_return renewed;
}

Task<absl::StatusOr<LoadedGrant>> ProfileReader::AskStore(ProviderBinding binding,
                                                          LoadedGrant grant) {
  if (!binding.entry->renewal().ends_access_token()) co_return grant;
  absl::StatusOr<LoadedGrant> stored = co_await parts_.grants->Reload(grant.key);
  // Without the store nobody begins a renewal (rule 3).
  if (IsStoreDown(stored.status())) co_return grant;
  co_return stored;
}

Task<absl::StatusOr<LoadedGrant>> ProfileReader::RenewNow(RequestContext context,
                                                          ProviderBinding binding,
                                                          LoadedGrant grant,
                                                          RenewalAttempt::Cause cause) {
  absl::Status renewable = CheckRenewable(grant.grant(), *binding.entry, parts_.clock->Now());
  if (!renewable.ok()) co_return renewable;
  Renewer::Result renewed = co_await parts_.renewer->Renew(std::move(context), std::move(binding),
                                                           std::move(grant), cause);
  if (!renewed.ok()) co_return renewed.status();
  co_return renewed->grant;
}

Task<absl::StatusOr<ProfileReader::Outcome>> ProfileReader::Keep(LoadedGrant grant,
                                                                 ProfileResult fetched) {
  const std::string& known_subject = grant.grant().subject();
  const std::string& told_subject = fetched.profile.subject();
  if (!known_subject.empty() && !told_subject.empty() && known_subject != told_subject) {
    // OpenID Connect Core 1.0 section 5.3.2: such an answer must not be used.
    co_return MakeError(v1::ERROR_REASON_PROVIDER_REPLY_INVALID,
                        "the provider's profile speaks of another user");
  }
  GrantRepository::Change change = [&fetched](storage::v1::Grant* record) {
    *record->mutable_profile() = MergeProfiles(record->profile(), fetched.profile);
    record->mutable_profile()->set_provider(record->provider());
    if (CutProfile(record->mutable_profile()))
      Log(LogLevel::kWarn, "profile_cut", {{"provider", record->provider()}});
    if (record->subject().empty()) record->set_subject(record->profile().subject());
    return true;
  };
  absl::StatusOr<LoadedGrant> kept =
      co_await parts_.grants->Update(std::move(grant), std::move(change));
  if (!kept.ok()) co_return kept.status();
  Outcome outcome{*std::move(kept), std::move(fetched.raw)};
  co_return outcome;
}

Task<absl::Status> ProfileReader::Record(LoadedGrant grant, absl::Status failure) {
  if (!ChangesGrant(failure)) co_return failure;
  const std::string judged = grant.grant().tokens().access_token();
  GrantRepository::Change change = [this, &failure, &judged](storage::v1::Grant* record) {
    // What the provider said is said of this token: a renewal meanwhile has made another.
    if (!CheckAlive(*record).ok() || record->tokens().access_token() != judged) return false;
    ApplyFailure(failure, parts_.clock->Now(), record);
    return true;
  };
  absl::StatusOr<LoadedGrant> recorded =
      co_await parts_.grants->Update(std::move(grant), std::move(change));
  // The caller hears the truth about the provider even when it could not be written down.
  if (!recorded.ok())
    Log(LogLevel::kWarn, "grant_state_not_recorded", {{"error", recorded.status()}});
  co_return failure;
}

}  // namespace evertoken
