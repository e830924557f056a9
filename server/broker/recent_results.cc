#include "server/broker/recent_results.h"

#include "server/broker/renewal_rules.h"

namespace evertoken {

RecentResults::RecentResults(const Clock* clock, size_t capacity)
    : clock_(clock), capacity_(capacity) {}

void RecentResults::Remember(const LoadedGrant& written) {
  if (capacity_ == 0) return;
  const uint64_t number = ++last_number_;
  results_[written.key] = {number, written.snapshot};
  marks_.push_back({clock_->SinceBoot(), written.key, number});
  DropOld();
}

std::shared_ptr<const GrantSnapshot> RecentResults::MissingIn(const LoadedGrant& read) {
  DropOld();
  const auto known = results_.find(read.key);
  if (known == results_.end()) return nullptr;
  const std::shared_ptr<const GrantSnapshot>& written = known->second.snapshot;
  return IsMissing(written->grant, read.grant()) ? written : nullptr;
}

std::vector<LoadedGrant> RecentResults::All() {
  DropOld();
  std::vector<LoadedGrant> all;
  for (const Mark& mark : marks_) {
    const auto result = results_.find(mark.key);
    if (result != results_.end() && result->second.number == mark.number)
      all.push_back({mark.key, result->second.snapshot});
  }
  return all;
}

void RecentResults::DropOld() {
  const absl::Duration oldest = clock_->SinceBoot() - kWindow;
  while (!marks_.empty() && (marks_.front().written < oldest || marks_.size() > capacity_)) {
    const auto result = results_.find(marks_.front().key);
    if (result != results_.end() && result->second.number == marks_.front().number)
      results_.erase(result);
    marks_.pop_front();
  }
}

}  // namespace evertoken
