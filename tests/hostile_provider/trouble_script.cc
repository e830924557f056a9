#include "tests/hostile_provider/trouble_script.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace evertoken::hostile {

absl::Status TroubleScript::Queue(Endpoint endpoint, Trouble trouble, int64_t times,
                                  int64_t family) {
  if (times < 1 || times > kMostTimes)
    return absl::InvalidArgumentError(
        absl::StrCat("a trouble is queued 1 to ", kMostTimes, " times"));
  if (entries_ >= kMostQueued)
    return absl::ResourceExhaustedError(absl::StrCat(kMostQueued, " troubles are waiting already"));
  queues_[{endpoint, family}].push_back({std::move(trouble), times});
  ++entries_;
  return absl::OkStatus();
}

absl::Status TroubleScript::AddChance(Endpoint endpoint, Trouble trouble, double probability) {
  double sum = probability;
  std::vector<Chance>& chances = chances_[endpoint];
  for (const Chance& chance : chances) sum += chance.probability;
  // Written so that a NaN is refused; the margin is for sums like ten times 0.1.
  if (!(probability > 0 && sum <= 1 + 1e-9)) {
    return absl::InvalidArgumentError(
        "a probability is above 0, and those of one endpoint add up to at most 1");
  }
  chances.push_back({std::move(trouble), probability});
  return absl::OkStatus();
}

void TroubleScript::Clear() {
  queues_.clear();
  entries_ = 0;
  chances_.clear();
}

int64_t TroubleScript::queued() const {
  int64_t sum = 0;
  for (const auto& [place, queue] : queues_) {
    for (const Queued& entry : queue) sum += entry.times;
  }
  return sum;
}

Trouble TroubleScript::Next(Endpoint endpoint, int64_t family) {
  Trouble trouble;
  if (family != kAnybody && Take(endpoint, family, &trouble)) return trouble;
  if (Take(endpoint, kAnybody, &trouble)) return trouble;
  const auto found = chances_.find(endpoint);
  if (found == chances_.end()) return trouble;
  // The standard's distributions differ between libraries; a seed has to mean the same everywhere.
  double draw = static_cast<double>(random_() >> 11) * 0x1p-53;
  for (const Chance& chance : found->second) {
    if (draw < chance.probability) return chance.trouble;
    draw -= chance.probability;
  }
  return trouble;
}

bool TroubleScript::Take(Endpoint endpoint, int64_t family, Trouble* trouble) {
  const auto found = queues_.find({endpoint, family});
  if (found == queues_.end()) return false;
  std::deque<Queued>& queue = found->second;
  *trouble = queue.front().trouble;
  if (--queue.front().times == 0) {
    queue.pop_front();
    --entries_;
  }
  if (queue.empty()) queues_.erase(found);
  return true;
}

}  // namespace evertoken::hostile
