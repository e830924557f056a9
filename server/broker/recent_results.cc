#include "server/broker/recent_results.h"

#include "server/broker/renewal_rules.h"

namespace evertoken {

uint64_t ResultIndex::Put(const LoadedGrant& written) {
  absl::MutexLock lock(&mutex_);
  const auto [place, is_new] = results_.try_emplace(written.key);
  // Loops may come here in another order than they wrote.
  const bool is_older = !is_new && IsMissing(place->second.snapshot->grant, written.grant());
  if (!is_older) place->second = {++last_number_, written.snapshot};
  return place->second.number;
}

std::shared_ptr<const GrantSnapshot> ResultIndex::Get(const SlotKey& key) const {
  absl::MutexLock lock(&mutex_);
  const auto found = results_.find(key);
  return found == results_.end() ? nullptr : found->second.snapshot;
}

std::shared_ptr<const GrantSnapshot> ResultIndex::Get(const SlotKey& key, uint64_t number) const {
  absl::MutexLock lock(&mutex_);
  const auto found = results_.find(key);
  if (found == results_.end() || found->second.number != number) return nullptr;
  return found->second.snapshot;
}

void ResultIndex::Drop(const SlotKey& key, uint64_t number) {
  absl::MutexLock lock(&mutex_);
  const auto found = results_.find(key);
  if (found != results_.end() && found->second.number == number) results_.erase(found);
}

RecentResults::RecentResults(const Clock* clock, size_t capacity, ResultIndex* index)
    : clock_(clock), capacity_(capacity), index_(index) {}

RecentResults::~RecentResults() {
  for (const Mark& mark : marks_) index_->Drop(mark.key, mark.number);
}

void RecentResults::Remember(const LoadedGrant& written) {
  if (capacity_ == 0) return;
  marks_.push_back({clock_->SinceBoot(), written.key, index_->Put(written)});
  DropOld();
}

std::shared_ptr<const GrantSnapshot> RecentResults::MissingIn(const LoadedGrant& read) {
  DropOld();
  std::shared_ptr<const GrantSnapshot> written = index_->Get(read.key);
  if (written == nullptr || !IsMissing(written->grant, read.grant())) return nullptr;
  return written;
}

std::vector<LoadedGrant> RecentResults::All() {
  DropOld();
  std::vector<LoadedGrant> all;
  for (const Mark& mark : marks_) {
    std::shared_ptr<const GrantSnapshot> written = index_->Get(mark.key, mark.number);
    if (written != nullptr) all.push_back({mark.key, std::move(written)});
  }
  return all;
}

void RecentResults::DropOld() {
  const absl::Duration oldest = clock_->SinceBoot() - kWindow;
  while (!marks_.empty() && (marks_.front().written < oldest || marks_.size() > capacity_)) {
    index_->Drop(marks_.front().key, marks_.front().number);
    marks_.pop_front();
  }
}

}  // namespace evertoken
