#include "tests/simulation/watcher.h"

#include <utility>

#include "server/base/error.h"
#include "server/base/one_shot.h"
#include "tests/simulation/machine.h"

namespace evertoken::simulation {
namespace {

constexpr absl::Duration kUsualWay = absl::Milliseconds(2);
constexpr absl::Duration kLongestBreak = absl::Seconds(30);

}  // namespace

// The way to the store's events, as bad as the way to its grants.
class Watcher::Log final : public EventLog {
 public:
  explicit Log(const Parts* parts) : parts_(parts) {}

  int shards() const override { return SharedStore::kEventShards; }

  Task<absl::StatusOr<EventBatch>> Read(int shard, EventPosition after, int limit) override {
    Chance* const chance = parts_->chance;
    const absl::Duration way = chance->UpTo(kUsualWay);
    co_await Delay(way);
    absl::StatusOr<EventBatch> batch = absl::UnavailableError("the simulated store is away");
    if (!parts_->weather->down && !chance->Happens(parts_->weather->request_lost))
      batch = parts_->store->ReadEvents(shard, after, limit);
    const absl::Duration way_back = chance->UpTo(kUsualWay);
    co_await Delay(way_back);
    if (chance->Happens(parts_->weather->reply_lost))
      co_return absl::UnavailableError("the simulated store is away");
    co_return batch;
  }

  Task<void> AwaitEvents(absl::Duration at_most) override {
    // Sometimes much later than asked for, as on a loop that has much to do.
    const absl::Duration pause = parts_->chance->UpTo(20 * at_most);
    co_await Delay(pause);
  }

 private:
  const Parts* const parts_;
};

class Watcher::Sink final : public EventSink {
 public:
  explicit Sink(Watcher* watcher) : watcher_(watcher) {}

  Task<bool> Write(v1::WatchGrantEventsResponse response) override {
    const absl::Duration way = watcher_->parts_.chance->UpTo(kUsualWay);
    co_await Delay(way);
    if (closed_) co_return false;
    watcher_->Arrive(response);
    co_return true;
  }
  void SetCloseListener(std::function<void()> listener) override {
    listener_ = std::move(listener);
  }

  void Close() {
    closed_ = true;
    if (listener_ != nullptr) listener_();
  }

 private:
  Watcher* const watcher_;
  std::function<void()> listener_;
  bool closed_ = false;
};

Watcher::Watcher(Parts parts)
    : parts_(std::move(parts)),
      log_(std::make_unique<Log>(&parts_), GetSetting().keys.get()),
      tail_(parts_.executor, &log_),
      seen_(SharedStore::kEventShards),
      arrived_(SharedStore::kEventShards) {}

Watcher::~Watcher() = default;

void Watcher::Start() { Spawn(parts_.executor, Watch()); }

void Watcher::HangUp() {
  if (sink_ != nullptr) sink_->Close();
}

void Watcher::Stop() {
  stopped_ = true;
  HangUp();
}

Task<void> Watcher::Watch() {
  while (!stopped_) {
    sink_ = std::make_shared<Sink>(this);
    const EventWatch::Parts parts = {parts_.executor, &tail_, GetSetting().keys.get(),
                                     parts_.clock};
    auto watch = std::make_unique<EventWatch>(parts, parts_.app, sink_);
    std::string cursor = EncodeCursor(*GetSetting().keys, parts_.app, seen_);
    absl::Status ended = co_await watch->Run(std::move(cursor));
    if (!absl::IsCancelled(ended)) complaints_.push_back(ended.ToString());
    parts_.trace("a watch ended");
    watch.reset();
    const absl::Duration pause = parts_.chance->UpTo(kLongestBreak);
    co_await Delay(pause);
  }
}

void Watcher::Arrive(const v1::WatchGrantEventsResponse& response) {
  const absl::StatusOr<EventPositions> positions =
      DecodeCursor(*GetSetting().keys, parts_.app, response.cursor(), SharedStore::kEventShards);
  if (!positions.ok()) return complaints_.push_back(positions.status().ToString());
  const bool bookmark = response.type() == v1::GRANT_EVENT_TYPE_UNSPECIFIED;
  for (size_t shard = 0; shard < seen_.size(); ++shard) {
    if (!bookmark && (*positions)[shard] != seen_[shard])
      arrived_[shard].push_back((*positions)[shard]);
  }
  seen_ = *positions;
}

}  // namespace evertoken::simulation
