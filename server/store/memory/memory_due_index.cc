#include "server/store/memory/memory_due_index.h"

#include <algorithm>

#include "server/store/slot_rules.h"

namespace evertoken {
namespace {

// More than the one that a write can add, so that what nobody claims is dropped too.
constexpr int kDroppedPerWrite = 2;

}  // namespace

void MemoryDueIndex::Set(const std::string& key, std::optional<absl::Time> due, absl::Time deadline,
                         absl::Time now) {
  absl::MutexLock lock(&mutex_);
  Erase(key);
  if (due.has_value()) Put(key, {*due, deadline});
  for (int i = 0; i < kDroppedPerWrite && !by_time_.empty(); ++i) {
    const std::string first = by_time_.begin()->second;
    if (times_.at(first).deadline > now) break;
    Erase(first);
  }
}

std::optional<absl::Time> MemoryDueIndex::TimeOf(const std::string& key) const {
  absl::MutexLock lock(&mutex_);
  const auto found = times_.find(key);
  if (found == times_.end()) return std::nullopt;
  return found->second.due;
}

DueClaim MemoryDueIndex::Claim(const std::string& owner, absl::Duration hold, int limit,
                               absl::Time now) {
  absl::MutexLock lock(&mutex_);
  DueClaim claim;
  claim.held = hold_end_ > now && holder_ != owner;
  if (claim.held) return claim;
  limit = std::clamp(limit, 1, DueQueue::kLargestClaim);
  const absl::Time hold_end = now + StorableDuration(hold);
  while (static_cast<int>(claim.grants.size()) < limit) {
    const std::optional<std::string> key = NextDue(now);
    if (!key.has_value()) break;
    const Times times = times_.at(*key);
    claim.grants.push_back({SlotKey{*key}, now - times.due});
    Erase(*key);
    Put(*key, {hold_end, times.deadline});
  }
  holder_ = owner;
  hold_end_ = static_cast<int>(claim.grants.size()) < limit ? absl::InfinitePast() : hold_end;
  claim.still_due = CountDue(now);
  return claim;
}

void MemoryDueIndex::Release(absl::string_view owner) {
  absl::MutexLock lock(&mutex_);
  if (holder_ == owner) hold_end_ = absl::InfinitePast();
}

size_t MemoryDueIndex::size() const {
  absl::MutexLock lock(&mutex_);
  return times_.size();
}

void MemoryDueIndex::Put(const std::string& key, Times times) {
  by_time_.insert({times.due, key});
  times_.insert_or_assign(key, times);
}

void MemoryDueIndex::Erase(const std::string& key) {
  const auto found = times_.find(key);
  if (found == times_.end()) return;
  by_time_.erase({found->second.due, key});
  times_.erase(found);
}

std::optional<std::string> MemoryDueIndex::NextDue(absl::Time now) {
  while (!by_time_.empty() && by_time_.begin()->first <= now) {
    std::string first = by_time_.begin()->second;
    if (times_.at(first).deadline > now) return first;
    Erase(first);
  }
  return std::nullopt;
}

int64_t MemoryDueIndex::CountDue(absl::Time now) const {
  int64_t count = 0;
  for (auto i = by_time_.begin(); i != by_time_.end() && i->first <= now; ++i) {
    if (++count == DueClaim::kMostCounted) break;
  }
  return count;
}

}  // namespace evertoken
