#include "server/rpc/watch_streams.h"

#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/base/error.h"

namespace evertoken {
namespace {

constexpr absl::Duration kComeBack = absl::Seconds(1);

absl::Status Stopping() {
  return WithRetryAfter(MakeError(v1::ERROR_REASON_SERVER_STOPPING,
                                  "this server is being stopped; go on with the last cursor at "
                                  "another replica, or here later"),
                        kComeBack);
}

absl::Status TooMany(const char* whose) {
  return WithRetryAfter(MakeError(v1::ERROR_REASON_SERVER_OVERLOADED, whose), absl::Seconds(30));
}

}  // namespace

absl::Status WatchStreams::Enter(const std::string& app, std::shared_ptr<Stream> stream) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return Stopping();
  if (static_cast<int>(streams_.size()) >= most_) {
    return TooMany("this server has too many streams of events; watch at another replica");
  }
  int& of_app = of_app_[app];
  if (of_app >= most_of_one_app_) {
    return TooMany(
        "this app has too many streams of events at this server; end one, or share one among "
        "the app's processes");
  }
  ++of_app;
  metrics_->AddEventStreams(1);
  const Stream* const key = stream.get();
  streams_.emplace(key, std::move(stream));
  return absl::OkStatus();
}

void WatchStreams::Leave(const std::string& app, const Stream* stream) {
  absl::MutexLock lock(&mutex_);
  if (streams_.erase(stream) == 0) return;
  metrics_->AddEventStreams(-1);
  const auto of_app = of_app_.find(app);
  if (--of_app->second == 0) of_app_.erase(of_app);
}

void WatchStreams::Drain() {
  std::vector<std::shared_ptr<Stream>> open;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (const auto& [key, stream] : streams_) {
      if (std::shared_ptr<Stream> living = stream.lock()) open.push_back(std::move(living));
    }
  }
  for (const std::shared_ptr<Stream>& stream : open) stream->End(Stopping());
}

}  // namespace evertoken
