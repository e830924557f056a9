#include "server/broker/companions.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/counted.h"
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
    absl::Status created =
        co_await parts_.grants->CreateCompanion(std::move(key), std::move(companion));
    if (!created.ok()) co_return created;
  }
  co_return absl::OkStatus();
}

Task<absl::StatusOr<LoadedGrant>> Companions::Find(LoadedGrant grant, std::string chain) {
  if (!Has(grant.grant(), chain)) co_return NoSuchChain(grant.grant());
  SlotKey key = KeyOf(grant.key, chain);
  absl::StatusOr<LoadedGrant> found = co_await Read(std::move(key));
  if (ReasonOf(found.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND) {
    co_return MakeError(
        v1::ERROR_REASON_GRANT_EXPIRED,
        absl::StrCat("the tokens `", chain, "` have ended; let the user sign in again"));
  }
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
    if (known.has_value()) co_return *std::move(known);
  }
  // What memory says against the caller is asked of the store once more.
  if (found.ok() && !CheckAlive(found->grant()).ok()) found = co_await parts_.grants->Reload(key);
  co_return found;
}

void Companions::RenewAll(RequestContext context, ProviderBinding binding, LoadedGrant grant) {
  if (grant.grant().chains().empty()) return;
  Spawn(parts_.executor, RenewEach(std::move(context), std::move(binding), std::move(grant)));
}

Task<void> Companions::RenewEach(RequestContext context, ProviderBinding binding,
                                 LoadedGrant grant) {
  Counted counted(&in_flight_);
  for (const std::string& chain : grant.grant().chains()) {
    std::string name = chain;
    absl::StatusOr<LoadedGrant> companion = co_await Find(grant, std::move(name));
    if (!companion.ok()) continue;
    google::protobuf::Timestamp expire_time = grant.grant().expire_time();
    co_await RenewOne(context, binding, *std::move(companion), std::move(expire_time));
  }
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

Task<absl::StatusOr<LoadedGrant>> Companions::Follow(LoadedGrant companion) {
  SlotKey key{companion.grant().of_slot()};
  absl::StatusOr<LoadedGrant> grant = co_await parts_.grants->Reload(std::move(key));
  const bool is_gone = ReasonOf(grant.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND;
  if (!grant.ok() && !is_gone) co_return grant.status();
  const absl::Time now = parts_.clock->Now();
  const bool is_over = is_gone || !CheckAlive(grant->grant()).ok() ||
                       FromTimestamp(grant->grant().expire_time()) <= now;
  GrantRepository::Change change = [&](Grant* record) {
    if (!CheckAlive(*record).ok()) return false;
    if (is_over) {
      ApplyEnd(v1::ERROR_REASON_GRANT_EXPIRED, now, record);
      return true;
    }
    const google::protobuf::Timestamp& end = grant->grant().expire_time();
    if (FromTimestamp(record->expire_time()) == FromTimestamp(end)) return false;
    *record->mutable_expire_time() = end;
    return true;
  };
  absl::StatusOr<LoadedGrant> followed =
      co_await parts_.grants->Update(std::move(companion), std::move(change));
  if (followed.ok() && is_over) parts_.recent->Remember(*followed);
  co_return followed;
}

}  // namespace evertoken
