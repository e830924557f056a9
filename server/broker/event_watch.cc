#include "server/broker/event_watch.h"

#include <iterator>
#include <utility>

#include "evertoken/storage/v1/grant_event.pb.h"
#include "server/broker/renewal_failures.h"

namespace evertoken {
namespace {

constexpr int kPage = 100;

bool FillEvent(const std::string& record, v1::WatchGrantEventsResponse* response) {
  storage::v1::GrantEvent event;
  if (record.empty() || !event.ParseFromString(record)) return false;
  response->set_grant_id(event.grant_id());
  response->set_type(event.type());
  *response->mutable_event_time() = event.event_time();
  response->set_provider(event.provider());
  response->set_subject(event.subject());
  response->set_failure_reason(event.failure_reason());
  return true;
}

}  // namespace

EventWatch::EventWatch(Parts parts, std::string app, std::shared_ptr<EventSink> sink)
    : parts_(parts), app_(std::move(app)), sink_(std::move(sink)), bell_(std::make_shared<Bell>()) {
  parts_.tail->Join(&bell_->wakeup);
  sink_->SetCloseListener([executor = parts_.executor, bell = bell_] {
    executor->Post([bell] {
      bell->closed = true;
      bell->wakeup.Signal();
    });
  });
}

EventWatch::~EventWatch() { parts_.tail->Leave(&bell_->wakeup); }

Task<absl::Status> EventWatch::Run(std::string cursor) {
  absl::StatusOr<EventPositions> begin = co_await Begin(std::move(cursor));
  if (!begin.ok()) co_return begin.status();
  positions_ = *std::move(begin);
  v1::WatchGrantEventsResponse bookmark;
  absl::Status status = co_await Send(std::move(bookmark));
  while (status.ok()) {
    status = co_await TellNews();
    if (status.ok()) co_await bell_->wakeup.Wait();
    if (status.ok() && bell_->closed) status = absl::CancelledError("nobody watches any more");
  }
  co_return status;
}

Task<absl::StatusOr<EventPositions>> EventWatch::Begin(std::string cursor) {
  if (!cursor.empty()) co_return DecodeCursor(*parts_.sealer, app_, cursor, parts_.tail->shards());
  absl::StatusOr<EventPositions> newest = co_await parts_.tail->Newest();
  co_return newest;
}

Task<absl::Status> EventWatch::TellNews() {
  for (int shard = 0; shard < parts_.tail->shards(); ++shard) {
    absl::Status told = co_await TellNewsOf(shard);
    // Asked again at the next signal.
    if (IsStoreDown(told)) co_return absl::OkStatus();
    if (!told.ok()) co_return told;
  }
  co_return absl::OkStatus();
}

Task<absl::Status> EventWatch::TellNewsOf(int shard) {
  for (bool more = true; more;) {
    const EventPosition after = positions_[shard];
    absl::StatusOr<EventBatch> batch = co_await parts_.tail->Read(shard, after, kPage);
    if (!batch.ok()) co_return batch.status();
    if (batch->lost) co_return EventsLost();
    more = std::ssize(batch->events) == kPage;
    for (StoredEvent& event : batch->events) {
      positions_[shard] = event.position;
      absl::Status told = co_await Tell(std::move(event));
      if (!told.ok()) co_return told;
    }
    if (!BookmarkIsDue()) continue;
    v1::WatchGrantEventsResponse bookmark;
    absl::Status sent = co_await Send(std::move(bookmark));
    if (!sent.ok()) co_return sent;
  }
  co_return absl::OkStatus();
}

Task<absl::Status> EventWatch::Tell(StoredEvent event) {
  if (event.app != app_) {
    ++passed_over_;
    co_return absl::OkStatus();
  }
  v1::WatchGrantEventsResponse response;
  if (!FillEvent(event.record, &response)) co_return EventsLost();
  absl::Status sent = co_await Send(std::move(response));
  co_return sent;
}

Task<absl::Status> EventWatch::Send(v1::WatchGrantEventsResponse response) {
  response.set_cursor(EncodeCursor(*parts_.sealer, app_, positions_));
  const bool sent = co_await sink_->Write(std::move(response));
  if (!sent) co_return absl::CancelledError("nobody watches any more");
  passed_over_ = 0;
  last_sent_ = parts_.clock->SinceBoot();
  co_return absl::OkStatus();
}

bool EventWatch::BookmarkIsDue() const {
  if (passed_over_ >= kBookmarkAfterEvents) return true;
  return passed_over_ > 0 && parts_.clock->SinceBoot() - last_sent_ >= kBookmarkAfter;
}

}  // namespace evertoken
