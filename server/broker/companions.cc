#include "server/broker/companions.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/expiry.h"
#include "server/broker/freshness.h"
#include "server/broker/renewal_failures.h"
#include "server/broker/renewal_rules.h"

namespace evertoken {
namespace {

using storage::v1::Grant;

SlotKey KeyOf(const SlotKey& grant, absl::string_view chain) {
  return SlotKey{absl::StrCat(grant.value, ".", chain)};
}

Grant CompanionOf(const LoadedGrant& grant, const storage::v1::ProviderTokens& tokens,
                  const google::protobuf::Timestamp& expire_time) {
  const Grant& first = grant.grant();
  Grant companion;
  companion.set_grant_id(first.grant_id());
  companion.set_app(first.app());
  companion.set_provider(first.provider());
  companion.set_subject(first.subject());
  *companion.mutable_login_time() = first.login_time();
  *companion.mutable_expire_time() = expire_time;
  companion.set_claimed(true);
  companion.set_state(v1::GRANT_STATE_ACTIVE);
  *companion.mutable_tokens() = tokens;
  companion.set_of_slot(grant.key.value);
  return companion;
}

// Whether nothing can bring the grant back: no renewal that is under way, and no tokens that wait in a journal.
bool IsOverForGood(const Grant& grant, absl::Time now) {
  if (grant.ended_by_app()) return true;
  const absl::Time ended = FromTimestamp(grant.renewal().last_attempt_time());
  return !CheckAlive(grant).ok() && now - ended > kRemembranceAfterEnd;
}

bool Has(const Grant& grant, const std::string& chain) {
  return std::find(grant.chains().begin(), grant.chains().end(), chain) != grant.chains().end();
}

absl::Status NoSuchChain(const Grant& grant) {
  if (grant.chains().empty())
    return RequestInvalid({{"chain", "must be empty: the login brought one pair of tokens"}});
  return RequestInvalid({{"chain", absl::StrCat("must be empty or one of those that the login "
                                                "brought: ",
                                                absl::StrJoin(grant.chains(), ", "))}});
}

}  // namespace

absl::Status OfPair(absl::Status status, const std::string& chain) {
  const bool is_gone = ReasonOf(status) == v1::ERROR_REASON_TOKEN_NOT_FOUND;
  if (chain.empty() || !is_gone) return status;
  return MakeError(v1::ERROR_REASON_GRANT_EXPIRED,
                   absl::StrCat("the tokens `", chain, "` have ended; let the user sign in again"));
}

void NameChains(Grant* grant) {
  for (const auto& [name, tokens] : grant->tokens().secondary()) grant->add_chains(name);
  std::sort(grant->mutable_chains()->begin(), grant->mutable_chains()->end());
  grant->mutable_tokens()->clear_secondary();
}

Companions::Companions(Parts parts) : parts_(parts) {}

Task<absl::Status> Companions::Create(LoadedGrant grant, google::protobuf::Timestamp expire_time) {
  for (const auto& [name, tokens] : grant.grant().tokens().secondary()) {
    SlotKey key = KeyOf(grant.key, name);
    Grant companion = CompanionOf(grant, tokens, expire_time);
    absl::StatusOr<LoadedGrant> created =
        co_await parts_.grants->CreateCompanion(std::move(key), std::move(companion));
    if (absl::IsAlreadyExists(created.status())) continue;
    if (!created.ok()) co_return created.status();
    parts_.recent->Remember(*created);
  }
  co_return absl::OkStatus();
}

Task<absl::StatusOr<LoadedGrant>> Companions::Find(LoadedGrant grant, std::string chain) {
  if (!Has(grant.grant(), chain)) co_return NoSuchChain(grant.grant());
  SlotKey key = KeyOf(grant.key, chain);
  absl::StatusOr<LoadedGrant> found = co_await Read(std::move(key));
  if (!found.ok()) co_return OfPair(found.status(), chain);
  co_return found;
}

Task<absl::StatusOr<LoadedGrant>> Companions::Choose(LoadedGrant grant, std::string chain) {
  if (chain.empty()) co_return grant;
  absl::StatusOr<LoadedGrant> found = co_await Find(std::move(grant), std::move(chain));
  co_return found;
}

Task<absl::StatusOr<LoadedGrant>> Companions::Read(SlotKey key) {
  absl::StatusOr<LoadedGrant> found = co_await parts_.grants->FindAt(key, /*allow_cached=*/true);
  if (IsStoreDown(found.status())) {
    std::optional<LoadedGrant> known = parts_.grants->LastKnownAt(key, parts_.outage_reads);
    const bool serves = known.has_value() && CheckAlive(known->grant()).ok();
    if (serves) co_return *std::move(known);
  }
  // What memory says against the caller is asked of the store once more.
  if (found.ok() && !CheckAlive(found->grant()).ok()) found = co_await parts_.grants->Reload(key);
  co_return found;
}

void Companions::RenewAll(RequestContext context, ProviderBinding binding, LoadedGrant grant) {
  if (grant.grant().chains().empty()) return;
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  Spawn(parts_.executor, RenewEach(std::move(context), std::move(binding), std::move(grant)));
}

Task<void> Companions::RenewEach(RequestContext context, ProviderBinding binding,
                                 LoadedGrant grant) {
  for (const std::string& chain : grant.grant().chains()) {
    std::string name = chain;
    absl::StatusOr<LoadedGrant> companion = co_await Find(grant, std::move(name));
    if (!companion.ok()) continue;
    google::protobuf::Timestamp expire_time = grant.grant().expire_time();
    co_await RenewOne(context, binding, *std::move(companion), std::move(expire_time));
  }
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
}

Task<void> Companions::RenewOne(RequestContext context, ProviderBinding binding,
                                LoadedGrant companion, google::protobuf::Timestamp expire_time) {
  GrantRepository::Change change = [expire_time](Grant* record) {
    if (FromTimestamp(record->expire_time()) >= FromTimestamp(expire_time)) return false;
    *record->mutable_expire_time() = expire_time;
    return true;
  };
  absl::StatusOr<LoadedGrant> following =
      co_await parts_.grants->Update(std::move(companion), std::move(change));
  // Who tends it makes up for it, before the store forgets the slot.
  if (!following.ok()) co_return;
  const absl::Time now = parts_.clock->Now();
  const bool is_due = CheckRenewable(following->grant(), *binding.entry, now).ok() &&
                      !FreshEnough(following->grant(), *binding.entry, std::nullopt, now);
  if (!is_due) co_return;
  // The renewer logs what comes of it.
  Renewer::Result renewed = co_await parts_.renewer->Renew(
      std::move(context), std::move(binding), *std::move(following), RenewalAttempt::Cause::kAsked);
}

Task<absl::StatusOr<Companions::Followed>> Companions::Follow(LoadedGrant companion) {
  SlotKey key{companion.grant().of_slot()};
  absl::StatusOr<LoadedGrant> grant = co_await parts_.grants->Reload(std::move(key));
  const bool is_gone = ReasonOf(grant.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND;
  if (!grant.ok() && !is_gone) co_return grant.status();
  const absl::Time now = parts_.clock->Now();
  const bool is_over = is_gone || IsOverForGood(grant->grant(), now);
  if (is_over) {
    absl::StatusOr<Followed> ended = co_await End(std::move(companion));
    co_return ended;
  }
  const google::protobuf::Timestamp end = grant->grant().expire_time();
  Followed followed;
  followed.rests =
      !grant->grant().claimed() || !CheckAlive(grant->grant()).ok() || FromTimestamp(end) <= now;
  GrantRepository::Change change = [end](Grant* record) {
    if (FromTimestamp(record->expire_time()) == FromTimestamp(end)) return false;
    *record->mutable_expire_time() = end;
    return true;
  };
  absl::StatusOr<LoadedGrant> updated =
      co_await parts_.grants->Update(std::move(companion), std::move(change));
  if (!updated.ok()) co_return updated.status();
  followed.companion = *std::move(updated);
  co_return followed;
}

Task<absl::StatusOr<Companions::Followed>> Companions::End(LoadedGrant companion) {
  const absl::Time now = parts_.clock->Now();
  GrantRepository::Change change = [now](Grant* record) {
    if (!CheckAlive(*record).ok()) return false;
    ApplyEnd(v1::ERROR_REASON_GRANT_EXPIRED, now, record);
    return true;
  };
  absl::StatusOr<LoadedGrant> ended =
      co_await parts_.grants->Update(std::move(companion), std::move(change));
  if (!ended.ok()) co_return ended.status();
  parts_.recent->Remember(*ended);
  Followed followed;
  followed.companion = *std::move(ended);
  co_return followed;
}

}  // namespace evertoken
