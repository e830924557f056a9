#include "server/store/memory/memory_backend.h"

#include <utility>

#include "absl/hash/hash.h"

namespace evertoken {
namespace {

// More than the one slot an operation can add, so that memory shrinks again after a wave.
constexpr int kPurgedPerOperation = 4;

absl::Status StatusOf(const absl::Status& result) { return result; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace

MemoryBackend::MemoryBackend(const Clock* clock) : clock_(clock) {}

MemoryBackend::Shard& MemoryBackend::ShardOf(const SlotKey& key) {
  return shards_[absl::Hash<SlotKey>()(key) % shards_.size()];
}

template <typename Result, typename Change>
Result MemoryBackend::ChangeGrant(const SlotKey& key, const absl::Status& missing, Change change) {
  const absl::Time now = clock_->Now();
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  shard.grants.Purge(now, kPurgedPerOperation);
  const GrantState* const found = shard.grants.Find(key.value, now);
  if (found == nullptr) return missing;
  GrantState state = *found;
  // Claims change it there.
  state.due = due_.TimeOf(key.value);
  Result result = change(&state, now);
  if (StatusOf(result).ok()) shard.grants.Put(key.value, std::move(state));
  return result;
}

absl::StatusOr<GrantSlot> MemoryBackend::ReadGrant(const SlotKey& key) {
  const absl::Time now = clock_->Now();
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  const GrantState* const found = shard.grants.Find(key.value, now);
  if (found == nullptr) return NoSuchGrant();
  return SlotOf(*found, now);
}

void MemoryBackend::Spread(const SlotKey& key, const GrantState& state,
                           std::vector<std::string> events, absl::Time now) {
  due_.Set(key.value, state.due, state.deadline, now);
  if (!events.empty()) {
    events_.Append(state.app, std::move(events));
    changes_.Notify(kAnyEvent);
  }
  changes_.Notify(key.value);
}

absl::Status MemoryBackend::CreateGrant(const SlotKey& key, GrantWrite write) {
  const absl::Time now = clock_->Now();
  std::vector<std::string> events = std::move(write.events);
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  shard.grants.Purge(now, kPurgedPerOperation);
  if (shard.grants.Find(key.value, now) != nullptr) return SlotInUse();
  GrantState state = NewGrant(std::move(write), now);
  Spread(key, state, std::move(events), now);
  shard.grants.Put(key.value, std::move(state));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> MemoryBackend::WriteGrant(const SlotKey& key, uint64_t expected_version,
                                                   GrantWrite write) {
  std::vector<std::string> events = std::move(write.events);
  return ChangeGrant<absl::StatusOr<uint64_t>>(
      key, NoSuchGrant(), [&](GrantState* state, absl::Time now) {
        const absl::StatusOr<uint64_t> version =
            evertoken::WriteGrant(state, expected_version, std::move(write), now);
        if (version.ok()) Spread(key, *state, std::move(events), now);
        return version;
      });
}

absl::StatusOr<RenewalLease> MemoryBackend::BeginRenewal(const SlotKey& key, std::string owner,
                                                         absl::Duration duration) {
  return ChangeGrant<absl::StatusOr<RenewalLease>>(
      key, NoSuchGrant(), [&](GrantState* state, absl::Time now) {
        RenewalLease lease = evertoken::BeginRenewal(state, std::move(owner), duration, now);
        if (lease.acquired) due_.Set(key.value, state->due, state->deadline, now);
        return lease;
      });
}

absl::Status MemoryBackend::ExtendLease(const SlotKey& key, uint64_t fence,
                                        absl::Duration duration) {
  return ChangeGrant<absl::Status>(key, FenceNotCurrent(), [&](GrantState* state, absl::Time now) {
    const absl::Status extended = evertoken::ExtendLease(state, fence, duration, now);
    if (extended.ok()) due_.Set(key.value, state->due, state->deadline, now);
    return extended;
  });
}

absl::Status MemoryBackend::PresentAgain(const SlotKey& key, uint64_t fence,
                                         absl::Duration duration) {
  return ChangeGrant<absl::Status>(key, FenceNotCurrent(), [&](GrantState* state, absl::Time now) {
    const absl::Status extended = evertoken::PresentAgain(state, fence, duration, now);
    if (extended.ok()) due_.Set(key.value, state->due, state->deadline, now);
    return extended;
  });
}

absl::StatusOr<uint64_t> MemoryBackend::CommitRenewal(const SlotKey& key, uint64_t fence,
                                                      uint64_t expected_version, int lost_answers,
                                                      GrantWrite write) {
  std::vector<std::string> events = std::move(write.events);
  return ChangeGrant<absl::StatusOr<uint64_t>>(
      key, FenceNotCurrent(), [&](GrantState* state, absl::Time now) {
        const absl::StatusOr<uint64_t> version = evertoken::CommitRenewal(
            state, fence, expected_version, lost_answers, std::move(write), now);
        if (version.ok()) Spread(key, *state, std::move(events), now);
        return version;
      });
}

absl::Status MemoryBackend::AbandonRenewal(const SlotKey& key, uint64_t fence) {
  return ChangeGrant<absl::Status>(key, FenceNotCurrent(), [&](GrantState* state, absl::Time) {
    const absl::Status abandoned = evertoken::AbandonRenewal(state, fence);
    if (abandoned.ok()) changes_.Notify(key.value);
    return abandoned;
  });
}

DueClaim MemoryBackend::ClaimDue(const std::string& owner, absl::Duration hold, int limit) {
  return due_.Claim(owner, hold, limit, clock_->Now());
}

void MemoryBackend::ReleaseDue(absl::string_view owner) { due_.Release(owner); }

EventBatch MemoryBackend::ReadEvents(EventPosition after, int limit) const {
  return events_.Read(after, limit);
}

absl::Status MemoryBackend::PutTicket(const SlotKey& key, std::string owner, std::string record,
                                      absl::Duration ttl) {
  const absl::Time now = clock_->Now();
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  shard.tickets.Purge(now, kPurgedPerOperation);
  if (shard.tickets.Find(key.value, now) != nullptr) return SlotInUse();
  shard.tickets.Put(key.value, NewTicket(std::move(owner), std::move(record), ttl, now));
  return absl::OkStatus();
}

absl::StatusOr<Ticket> MemoryBackend::SpendTicket(const SlotKey& key, absl::string_view owner,
                                                  absl::Duration replay_window) {
  const absl::Time now = clock_->Now();
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  shard.tickets.Purge(now, kPurgedPerOperation);
  const TicketState* const found = shard.tickets.Find(key.value, now);
  if (found == nullptr) return NoSuchTicket();
  TicketState state = *found;
  absl::StatusOr<Ticket> ticket = evertoken::SpendTicket(&state, owner, replay_window, now);
  if (ticket.ok()) shard.tickets.Put(key.value, std::move(state));
  return ticket;
}

size_t MemoryBackend::size() const {
  size_t size = 0;
  for (const Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    size += shard.grants.size() + shard.tickets.size();
  }
  return size;
}

}  // namespace evertoken
