#ifndef EVERTOKEN_SERVER_CATALOG_WATCH_H_
#define EVERTOKEN_SERVER_CATALOG_WATCH_H_

#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/executor.h"

namespace evertoken {

// Has somebody look at something from time to time and when asked to, on a thread of its own: files are read there, and no event
// loop waits for a disk. What is asked for while a look is under way is one more look.
class CatalogWatch {
 public:
  // `look` is called on the watch's thread only. `executor`, which gives the time, must have stopped before the watch is destroyed.
  // `interval` 0: only when asked to.
  CatalogWatch(Executor* executor, absl::Duration interval, std::function<void(bool forced)> look);
  ~CatalogWatch();
  CatalogWatch(const CatalogWatch&) = delete;
  CatalogWatch& operator=(const CatalogWatch&) = delete;

  // Looks after every interval from now on. Once.
  void Start();

  // A look that is forced. From any thread.
  void LookNow() { Ask(/*forced=*/true); }

  // No look after this; one that is under way is waited for. From any thread but the watch's own.
  void Stop();

 private:
  void Ask(bool forced);
  void ArmTimer();
  void Run();

  Executor* const executor_;
  const absl::Duration interval_;
  const std::function<void(bool forced)> look_;
  absl::Mutex mutex_;
  bool asked_ ABSL_GUARDED_BY(mutex_) = false;
  bool forced_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CATALOG_WATCH_H_
