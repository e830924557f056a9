#include "server/catalog_watch.h"

#include <utility>

namespace evertoken {

CatalogWatch::CatalogWatch(Executor* executor, absl::Duration interval,
                           std::function<void(bool forced)> look)
    : executor_(executor),
      interval_(interval),
      look_(std::move(look)),
      thread_([this] { Run(); }) {}

CatalogWatch::~CatalogWatch() { Stop(); }

void CatalogWatch::Start() {
  if (interval_ > absl::ZeroDuration()) ArmTimer();
}

void CatalogWatch::ArmTimer() {
  executor_->RunAfter(interval_, [this] {
    {
      absl::MutexLock lock(&mutex_);
      if (stopped_) return;
    }
    Ask(/*forced=*/false);
    ArmTimer();
  });
}

void CatalogWatch::Ask(bool forced) {
  absl::MutexLock lock(&mutex_);
  asked_ = true;
  forced_ = forced_ || forced;
}

void CatalogWatch::Run() {
  const auto due = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return asked_ || stopped_; };
  while (true) {
    bool forced = false;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&due));
      if (stopped_) return;
      asked_ = false;
      forced = std::exchange(forced_, false);
    }
    look_(forced);
  }
}

void CatalogWatch::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace evertoken
