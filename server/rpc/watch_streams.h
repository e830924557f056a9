#ifndef EVERTOKEN_SERVER_RPC_WATCH_STREAMS_H_
#define EVERTOKEN_SERVER_RPC_WATCH_STREAMS_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/base/metrics.h"

namespace evertoken {

// The streams that apps watch: bounds how many there are, and ends them when the server stops. Thread-safe.
class WatchStreams {
 public:
  // One of them. The last owner must call Leave.
  class Stream {
   public:
    virtual ~Stream() = default;
    // Ends it, if nothing else has. Thread-safe.
    virtual void End(absl::Status status) = 0;
  };

  // `metrics` must outlive the object.
  WatchStreams(int most, int most_of_one_app, Metrics* metrics)
      : most_(most), most_of_one_app_(most_of_one_app), metrics_(metrics) {}

  // SERVER_OVERLOADED when there are too many, SERVER_STOPPING after Drain.
  absl::Status Enter(const std::string& app, std::shared_ptr<Stream> stream);
  // For streams that entered.
  void Leave(const std::string& app, const Stream* stream);

  // Ends all with SERVER_STOPPING; none enters any more.
  void Drain();

 private:
  const int most_;
  const int most_of_one_app_;
  Metrics* const metrics_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<const Stream*, std::weak_ptr<Stream>> streams_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, int> of_app_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_WATCH_STREAMS_H_
