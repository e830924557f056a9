#include "tests/processes/failpoints.h"

#include <signal.h>

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace evertoken {
namespace {

bool IsFirst(std::map<std::string, std::set<std::string>>* had, const std::string& operation,
             const std::string& slot) {
  const auto found = had->find(operation);
  return found != had->end() && found->second.insert(slot).second;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Failpoints>> Failpoints::Parse(absl::string_view words) {
  std::unique_ptr<Failpoints> failpoints(new Failpoints());
  for (const absl::string_view word : absl::StrSplit(words, ' ', absl::SkipEmpty())) {
    absl::Status added = failpoints->Add(word);
    if (!added.ok()) return added;
  }
  return failpoints;
}

absl::Status Failpoints::Add(absl::string_view word) {
  const std::vector<std::string> parts = absl::StrSplit(word, ':');
  int calls = 0;
  absl::MutexLock lock(&mutex_);
  if (parts.size() == 2 && parts[0] == "refuse") {
    refused_.insert(parts[1]);
  } else if (parts.size() == 2 && parts[0] == "refuse_once") {
    refused_once_[parts[1]];
  } else if (parts.size() == 2 && parts[0] == "lose_once") {
    lost_once_[parts[1]];
  } else if (parts.size() == 3 && (parts[0] == "kill_before" || parts[0] == "kill_after") &&
             absl::SimpleAtoi(parts[2], &calls) && calls > 0) {
    const Moment moment = parts[0] == "kill_before" ? Moment::kBefore : Moment::kAfter;
    points_[{moment, parts[1]}] = calls;
  } else {
    return absl::InvalidArgumentError(absl::StrCat("not a failpoint: ", word));
  }
  return absl::OkStatus();
}

bool Failpoints::Stops(Moment moment, const std::string& operation) {
  absl::MutexLock lock(&mutex_);
  const auto found = points_.find({moment, operation});
  if (found == points_.end()) return false;
  if (--found->second <= 0) raise(SIGKILL);
  return true;
}

bool Failpoints::Refuses(const std::string& operation, const std::string& slot) {
  absl::MutexLock lock(&mutex_);
  return refused_.count(operation) > 0 || IsFirst(&refused_once_, operation, slot);
}

bool Failpoints::LosesAnswer(const std::string& operation, const std::string& slot) {
  absl::MutexLock lock(&mutex_);
  return IsFirst(&lost_once_, operation, slot);
}

}  // namespace evertoken
