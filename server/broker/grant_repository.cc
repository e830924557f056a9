#include "server/broker/grant_repository.h"

#include <utility>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/agenda.h"
#include "server/broker/expiry.h"
#include "server/broker/grant_events.h"
#include "server/broker/renewal_failures.h"

namespace evertoken {
namespace {

// Writers of one grant are few; more rounds than this mean that something writes in a loop.
constexpr int kMaxUpdateRounds = 16;

}  // namespace

GrantRepository::GrantRepository(TokenStore* store, const KeyRing* keys, GrantCache* cache,
                                 const AppRegistry* apps, const Clock* clock)
    : store_(store), keys_(keys), cache_(cache), apps_(apps), clock_(clock) {}

Task<absl::StatusOr<LoadedGrant>> GrantRepository::Find(Secret access_token, bool allow_cached) {
  const std::vector<SlotKey> candidates =
      keys_->HashCandidates(kAccessTokenPurpose, access_token.Reveal());
  if (allow_cached && store_->CanRemember()) {
    for (const SlotKey& key : candidates) {
      std::shared_ptr<const GrantSnapshot> snapshot = cache_->Get(key);
      if (snapshot != nullptr) co_return LoadedGrant{key, std::move(snapshot)};
    }
  }
  for (const SlotKey& key : candidates) {
    absl::StatusOr<LoadedGrant> loaded = co_await Load(key);
    if (loaded.ok() || !absl::IsNotFound(loaded.status())) co_return loaded;
  }
  co_return NoSuchToken();
}

Task<absl::StatusOr<LoadedGrant>> GrantRepository::FindAt(SlotKey key, bool allow_cached) {
  if (allow_cached && store_->CanRemember()) {
    std::shared_ptr<const GrantSnapshot> snapshot = cache_->Get(key);
    if (snapshot != nullptr) co_return LoadedGrant{std::move(key), std::move(snapshot)};
  }
  co_return co_await Reload(std::move(key));
}

std::optional<LoadedGrant> GrantRepository::LastKnown(const Secret& access_token,
                                                      absl::Duration at_most) const {
  for (const SlotKey& key : keys_->HashCandidates(kAccessTokenPurpose, access_token.Reveal())) {
    std::optional<LoadedGrant> known = LastKnownAt(key, at_most);
    if (known.has_value()) return known;
  }
  return std::nullopt;
}

std::optional<LoadedGrant> GrantRepository::LastKnownAt(const SlotKey& key,
                                                        absl::Duration at_most) const {
  std::shared_ptr<const GrantSnapshot> snapshot = cache_->GetLastKnown(key, at_most);
  if (snapshot == nullptr) return std::nullopt;
  return LoadedGrant{key, std::move(snapshot)};
}

Task<absl::StatusOr<LoadedGrant>> GrantRepository::Reload(SlotKey key) {
  absl::StatusOr<LoadedGrant> loaded = co_await Load(key);
  if (absl::IsNotFound(loaded.status())) co_return NoSuchToken();
  co_return loaded;
}

Task<absl::StatusOr<LoadedGrant>> GrantRepository::Load(SlotKey key) {
  const uint64_t epoch = cache_->Epoch(key);
  absl::StatusOr<GrantSlot> slot = co_await store_->ReadGrant(key);
  if (!slot.ok()) co_return slot.status();
  absl::StatusOr<LoadedGrant> loaded = Decode(key, *slot);
  if (loaded.ok() && store_->CanRemember()) cache_->Put(key, epoch, loaded->snapshot);
  co_return loaded;
}

Task<absl::StatusOr<LoadedGrant>> GrantRepository::Create(Secret access_token,
                                                          storage::v1::Grant grant,
                                                          absl::Duration keep_for) {
  SlotKey key = keys_->Hash(kAccessTokenPurpose, access_token.Reveal());
  absl::StatusOr<LoadedGrant> created =
      co_await CreateAt(std::move(key), std::move(grant), keep_for);
  co_return created;
}

Task<absl::StatusOr<LoadedGrant>> GrantRepository::CreateCompanion(SlotKey key,
                                                                   storage::v1::Grant companion) {
  const absl::Duration keep_for = KeepFor(FromTimestamp(companion.expire_time()), clock_->Now());
  absl::StatusOr<LoadedGrant> created =
      co_await CreateAt(std::move(key), std::move(companion), keep_for);
  co_return created;
}

Task<absl::StatusOr<LoadedGrant>> GrantRepository::CreateAt(SlotKey key, storage::v1::Grant grant,
                                                            absl::Duration keep_for) {
  GrantWrite write = Encode(storage::v1::Grant::default_instance(), grant);
  write.ttl = keep_for;
  absl::Status created = co_await store_->CreateGrant(key, std::move(write));
  if (!created.ok()) co_return created;
  auto snapshot = std::make_shared<GrantSnapshot>();
  snapshot->grant = std::move(grant);
  snapshot->version = 1;
  co_return LoadedGrant{key, std::move(snapshot)};
}

Task<absl::StatusOr<LoadedGrant>> GrantRepository::Update(LoadedGrant current, Change change) {
  for (int round = 0; round < kMaxUpdateRounds; ++round) {
    auto changed = std::make_shared<GrantSnapshot>(*current.snapshot);
    if (!change(&changed->grant)) co_return current;
    GrantWrite write = Encode(current.grant(), changed->grant);
    const uint64_t epoch = Epoch(current.key);
    absl::StatusOr<uint64_t> version =
        co_await store_->WriteGrant(current.key, current.snapshot->version, std::move(write));
    if (version.ok()) {
      changed->version = *version;
      LoadedGrant written{current.key, std::move(changed)};
      Remember(written, epoch);
      co_return written;
    }
    if (absl::IsNotFound(version.status())) co_return NoSuchToken();
    if (!absl::IsAborted(version.status())) co_return version.status();
    absl::StatusOr<LoadedGrant> reloaded = co_await Reload(current.key);
    if (!reloaded.ok()) co_return reloaded;
    current = *std::move(reloaded);
  }
  co_return MakeError(v1::ERROR_REASON_INTERNAL, "the grant is being rewritten without end");
}

Task<absl::Status> GrantRepository::SetDue(LoadedGrant grant,
                                           std::optional<absl::Duration> due_in) {
  GrantWrite write = Encode(grant.grant(), grant.grant());
  write.due_in = due_in;
  const uint64_t epoch = Epoch(grant.key);
  const uint64_t found = grant.snapshot->version;
  absl::StatusOr<uint64_t> version =
      co_await store_->WriteGrant(grant.key, found, std::move(write));
  const bool changed = absl::IsNotFound(version.status()) || absl::IsAborted(version.status());
  if (changed) co_return absl::OkStatus();
  if (!version.ok()) co_return version.status();
  auto written = std::make_shared<GrantSnapshot>(*grant.snapshot);
  written->version = *version;
  grant.snapshot = std::move(written);
  Remember(grant, epoch);
  co_return absl::OkStatus();
}

GrantWrite GrantRepository::Encode(const storage::v1::Grant& before,
                                   const storage::v1::Grant& after, int lost_answers) const {
  const absl::Time now = clock_->Now();
  GrantWrite write;
  write.app = after.app();
  write.record = after.SerializeAsString();
  write.ttl = KeepFor(FromTimestamp(after.expire_time()), now);
  write.due_in = DueIn(after, lost_answers > 0, now);
  for (const storage::v1::GrantEvent& event : EventsBetween(before, after, now))
    write.events.push_back(event.SerializeAsString());
  return write;
}

std::optional<absl::Duration> GrantRepository::DueIn(const storage::v1::Grant& grant,
                                                     bool attempt_open, absl::Time now) const {
  const config::v1::App* app = apps_->Find(grant.app());
  if (app == nullptr) return kLookAgainUnconfigured;
  const absl::StatusOr<ProviderBinding> binding = apps_->Bind(*app, grant.provider());
  if (!binding.ok()) return kLookAgainUnconfigured;
  const std::optional<absl::Time> due = NextVisit(*app, *binding->entry, grant, attempt_open, now);
  if (!due.has_value()) return std::nullopt;
  return *due - now;
}

absl::StatusOr<LoadedGrant> GrantRepository::Decode(SlotKey key, const GrantSlot& slot) const {
  auto snapshot = std::make_shared<GrantSnapshot>();
  if (!snapshot->grant.ParseFromString(slot.record)) {
    return MakeError(v1::ERROR_REASON_INTERNAL, "a stored grant cannot be read");
  }
  snapshot->version = slot.version;
  snapshot->attempt_open = slot.open_attempt.has_value();
  return LoadedGrant{std::move(key), std::move(snapshot)};
}

uint64_t GrantRepository::Epoch(const SlotKey& key) const { return cache_->Epoch(key); }

void GrantRepository::Remember(const LoadedGrant& written, uint64_t epoch) {
  if (store_->CanRemember()) cache_->Put(written.key, epoch, written.snapshot);
}

}  // namespace evertoken
