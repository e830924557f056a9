#include "server/store/change_watch.h"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "server/base/executor.h"
#include "server/base/one_shot.h"

namespace evertoken {
namespace {

// FNV-1a. Not Abseil's hash, which differs from process to process: a simulation must run the same way again.
uint64_t HashOf(absl::string_view name) {
  uint64_t hash = 14695981039346656037u;
  for (const unsigned char c : name) hash = (hash ^ c) * 1099511628211u;
  return hash;
}

}  // namespace

class ChangeWatch::State {
 public:
  using Setter = OneShot<bool>::Setter;

  // A number to take the waiter back with.
  uint64_t Add(const std::string& name, Setter setter) {
    absl::MutexLock lock(&mutex_);
    const uint64_t hash = HashOf(name);
    uint64_t& missed = missed_[hash % missed_.size()];
    if (missed == hash) {
      missed = 0;
      setter.Set(true);
      return 0;
    }
    ++waiting_;
    waiters_[name].push_back({++last_number_, std::move(setter)});
    return last_number_;
  }

  void Expire(const std::string& name, uint64_t number) {
    absl::MutexLock lock(&mutex_);
    const auto found = waiters_.find(name);
    if (found == waiters_.end()) return;
    std::vector<Waiter>& waiters = found->second;
    for (auto waiter = waiters.begin(); waiter != waiters.end(); ++waiter) {
      if (waiter->number != number) continue;
      waiter->setter.Set(false);
      waiters.erase(waiter);
      --waiting_;
      break;
    }
    if (waiters.empty()) waiters_.erase(found);
  }

  void Notify(absl::string_view name) {
    absl::MutexLock lock(&mutex_);
    const auto found = waiters_.find(name);
    if (found == waiters_.end()) {
      const uint64_t hash = HashOf(name);
      missed_[hash % missed_.size()] = hash;
      return;
    }
    Wake(&found->second);
    waiters_.erase(found);
  }

  void NotifyAll() {
    absl::MutexLock lock(&mutex_);
    for (auto& [name, waiters] : waiters_) Wake(&waiters);
    waiters_.clear();
  }

  size_t waiting() const {
    absl::MutexLock lock(&mutex_);
    return waiting_;
  }

 private:
  struct Waiter {
    uint64_t number;
    Setter setter;
  };

  void Wake(std::vector<Waiter>* waiters) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    // Only posts: nothing runs here.
    for (Waiter& waiter : *waiters) waiter.setter.Set(true);
    waiting_ -= waiters->size();
  }

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::vector<Waiter>> waiters_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  // Hashes of names that changed while nobody waited for them; newer ones overwrite older ones.
  std::array<uint64_t, 1024> missed_ ABSL_GUARDED_BY(mutex_) = {};
};

ChangeWatch::ChangeWatch() : state_(std::make_shared<State>()) {}

Task<void> ChangeWatch::Await(std::string name, absl::Duration at_most) {
  const std::shared_ptr<State> state = state_;
  Executor* const executor = Executor::Current();
  OneShot<bool> woken;
  const uint64_t number = state->Add(name, woken.setter());
  const Executor::TimerId timer =
      executor->RunAfter(at_most, [state, name, number] { state->Expire(name, number); });
  const bool changed = co_await std::move(woken).Wait();
  if (changed) executor->CancelTimer(timer);
}

void ChangeWatch::Notify(absl::string_view name) { state_->Notify(name); }
void ChangeWatch::NotifyAll() { state_->NotifyAll(); }
size_t ChangeWatch::waiting() const { return state_->waiting(); }

}  // namespace evertoken
