#include "server/broker/recent_results.h"

#include "server/broker/renewal_rules.h"

namespace evertoken {

RecentResults::RecentResults(const Clock* clock, size_t capacity)
    : clock_(clock), capacity_(capacity) {}

void RecentResults::Remember(const LoadedGrant& written) {
  if (capacity_ == 0) return;
  results_[written.key] = written.snapshot;
  marks_.push_back({clock_->SinceBoot(), written.key, written.snapshot.get()});
  DropOld();
}

std::shared_ptr<const GrantSnapshot> RecentResults::MissingIn(const LoadedGrant& read) {
  DropOld();
  const auto known = results_.find(read.key);
  if (known == results_.end()) return nullptr;
  return IsMissing(known->second->grant, read.grant()) ? known->second : nullptr;
}

std::vector<LoadedGrant> RecentResults::All() {
  DropOld();
  std::vector<LoadedGrant> all;
  for (const Mark& mark : marks_) {
    const auto result = results_.find(mark.key);
    if (result != results_.end() && result->second.get() == mark.snapshot)
      all.push_back({mark.key, result->second});
  }
  return all;
}

void RecentResults::DropOld() {
  const absl::Duration oldest = clock_->SinceBoot() - kWindow;
  while (!marks_.empty() && (marks_.front().written < oldest || marks_.size() > capacity_)) {
    const auto result = results_.find(marks_.front().key);
    if (result != results_.end() && result->second.get() == marks_.front().snapshot)
      results_.erase(result);
    marks_.pop_front();
  }
}

}  // namespace evertoken
