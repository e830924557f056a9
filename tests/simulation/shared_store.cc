#include "tests/simulation/shared_store.h"

#include <utility>

namespace evertoken::simulation {
namespace {

// Every grant's events are in one shard, and each shard has some grants'.
int ShardOf(const SlotKey& key) {
  return static_cast<unsigned char>(key.value.back()) % SharedStore::kEventShards;
}

}  // namespace

GrantState* SharedStore::Find(const SlotKey& key) {
  const auto slot = slots_.find(key.value);
  return slot == slots_.end() || slot->second.deadline <= Now() ? nullptr : &slot->second;
}

void SharedStore::Note(const SlotKey& key, bool lasting) {
  const auto slot = slots_.find(key.value);
  undo_.push_back({key,
                   slot == slots_.end() ? std::nullopt : std::optional(slot->second),
                   clock_->SinceBoot(),
                   lasting,
                   {events_[0].size(), events_[1].size()}});
}

uint64_t SharedStore::CurrentFence(const SlotKey& key, uint64_t fence) {
  if (protections_.fencing) return fence;
  GrantState* state = Find(key);
  if (!state->owner.has_value()) state->owner = "anybody";
  return state->fence;
}

uint64_t SharedStore::CurrentVersion(const SlotKey& key, uint64_t version) {
  return protections_.compare_and_swap ? version : Find(key)->version;
}

absl::StatusOr<GrantSlot> SharedStore::Read(const SlotKey& key) {
  const GrantState* state = Find(key);
  if (state == nullptr) return NoSuchGrant();
  return SlotOf(*state, Now());
}

absl::Status SharedStore::Create(const SlotKey& key, GrantWrite write) {
  if (Find(key) != nullptr) return SlotInUse();
  Note(key, /*lasting=*/true);
  const std::string app = write.app;
  std::vector<std::string> events = std::move(write.events);
  slots_[key.value] = NewGrant(std::move(write), Now());
  Spread(key, app, std::move(events));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> SharedStore::Write(const SlotKey& key, uint64_t expected_version,
                                            GrantWrite write) {
  GrantState* state = Find(key);
  if (state == nullptr) return NoSuchGrant();
  Note(key, /*lasting=*/false);
  std::vector<std::string> events = std::move(write.events);
  absl::StatusOr<uint64_t> version =
      WriteGrant(state, CurrentVersion(key, expected_version), std::move(write), Now());
  if (version.ok()) Spread(key, state->app, std::move(events));
  return version;
}

absl::StatusOr<RenewalLease> SharedStore::Begin(const SlotKey& key, std::string owner,
                                                absl::Duration duration) {
  GrantState* state = Find(key);
  if (state == nullptr) return NoSuchGrant();
  Note(key, /*lasting=*/true);
  RenewalLease lease = BeginRenewal(state, std::move(owner), duration, Now());
  if (!protections_.write_ahead) state->lost_answers = 0;
  return lease;
}

absl::Status SharedStore::Extend(const SlotKey& key, uint64_t fence, absl::Duration duration) {
  GrantState* state = Find(key);
  if (state == nullptr) return FenceNotCurrent();
  Note(key, /*lasting=*/true);
  return ExtendLease(state, CurrentFence(key, fence), duration, Now());
}

absl::Status SharedStore::PresentAgain(const SlotKey& key, uint64_t fence,
                                       absl::Duration duration) {
  GrantState* state = Find(key);
  if (state == nullptr) return FenceNotCurrent();
  Note(key, /*lasting=*/true);
  absl::Status written = evertoken::PresentAgain(state, CurrentFence(key, fence), duration, Now());
  if (!protections_.write_ahead) state->lost_answers = 0;
  return written;
}

absl::StatusOr<uint64_t> SharedStore::Commit(const SlotKey& key, uint64_t fence,
                                             uint64_t expected_version, int lost_answers,
                                             GrantWrite write) {
  GrantState* state = Find(key);
  if (state == nullptr) return FenceNotCurrent();
  Note(key, /*lasting=*/false);
  std::vector<std::string> events = std::move(write.events);
  absl::StatusOr<uint64_t> version =
      CommitRenewal(state, CurrentFence(key, fence), CurrentVersion(key, expected_version),
                    lost_answers, std::move(write), Now());
  if (version.ok()) Spread(key, state->app, std::move(events));
  return version;
}

absl::Status SharedStore::Abandon(const SlotKey& key, uint64_t fence) {
  GrantState* state = Find(key);
  if (state == nullptr) return FenceNotCurrent();
  Note(key, /*lasting=*/false);
  return AbandonRenewal(state, CurrentFence(key, fence));
}

DueClaim SharedStore::Claim(const std::string& owner, absl::Duration hold, int limit) {
  DueClaim claim;
  const absl::Time now = Now();
  claim.held = due_held_until_ > now && due_holder_ != owner;
  if (claim.held) return claim;
  std::multimap<absl::Time, std::string> due;
  for (const auto& [key, state] : slots_) {
    if (state.due.has_value() && *state.due <= now && state.deadline > now)
      due.emplace(*state.due, key);
  }
  for (const auto& [time, key] : due) {
    if (static_cast<int>(claim.grants.size()) == limit) break;
    claim.grants.push_back({SlotKey{key}, now - time});
    slots_[key].due = now + hold;
  }
  claim.still_due = static_cast<int64_t>(due.size() - claim.grants.size());
  due_holder_ = owner;
  due_held_until_ =
      static_cast<int>(claim.grants.size()) < limit ? absl::InfinitePast() : now + hold;
  return claim;
}

void SharedStore::Release(const std::string& owner) {
  if (due_holder_ == owner) due_held_until_ = absl::InfinitePast();
}

int SharedStore::OpenAnswers(const SlotKey& key) {
  const GrantState* state = Find(key);
  return state == nullptr ? 0 : state->lost_answers;
}

void SharedStore::Spread(const SlotKey& key, const std::string& app,
                         std::vector<std::string> events) {
  for (const std::string& record : events)
    events_[ShardOf(key)].push_back({EventPosition{1, ++event_numbers_}, app, record});
  newest_events_ = std::move(events);
  watcher_(key, /*forgotten=*/false);
}

EventBatch SharedStore::ReadEvents(int shard, EventPosition after, int limit) const {
  const std::vector<StoredEvent>& events = events_[shard];
  EventBatch batch;
  if (!events.empty()) batch.newest = events.back().position;
  for (const StoredEvent& event : events) {
    if (event.position > after && static_cast<int>(batch.events.size()) < limit)
      batch.events.push_back(event);
  }
  return batch;
}

int SharedStore::FailOver(int most, absl::Duration skew) {
  int forgotten = 0;
  const absl::Duration oldest = clock_->SinceBoot() - kLongestLag;
  while (forgotten < most && !undo_.empty() && !undo_.back().lasting &&
         undo_.back().time >= oldest) {
    Undo undo = std::move(undo_.back());
    undo_.pop_back();
    slots_[undo.key.value] = *std::move(undo.before);
    for (int shard = 0; shard < kEventShards; ++shard) events_[shard].resize(undo.events[shard]);
    watcher_(undo.key, /*forgotten=*/true);
    ++forgotten;
  }
  undo_.clear();
  skew_ = skew;
  ++failovers_;
  return forgotten;
}

}  // namespace evertoken::simulation
