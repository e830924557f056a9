#ifndef EVERTOKEN_TESTS_BROKER_WATCH_FIXTURE_H_
#define EVERTOKEN_TESTS_BROKER_WATCH_FIXTURE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "evertoken/storage/v1/grant_event.pb.h"
#include "gtest/gtest.h"
#include "server/base/one_shot.h"
#include "server/broker/event_sink.h"
#include "server/broker/event_tail.h"
#include "server/broker/event_watch.h"
#include "server/store/key_ring.h"
#include "server/store/memory/memory_event_log.h"
#include "server/store/memory/memory_store.h"
#include "server/store/sealing_event_log.h"
#include "server/store/sealing_store.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/faulty_event_log.h"
#include "tests/fakes/manual_executor.h"

namespace evertoken {

// A reader that takes what comes, or only so many responses until it is told to take more.
class TestSink final : public EventSink {
 public:
  Task<bool> Write(v1::WatchGrantEventsResponse response) override {
    while (!closed_ && room_ == 0) {
      OneShot<bool> room;
      wanted_.emplace(room.setter());
      co_await std::move(room).Wait();
    }
    if (closed_) co_return false;
    if (room_ > 0) --room_;
    responses.push_back(std::move(response));
    co_return true;
  }
  void SetCloseListener(std::function<void()> listener) override {
    listener_ = std::move(listener);
    if (closed_) listener_();
  }

  // Takes no more than `room` responses from now on; negative: any number.
  void Take(int room) {
    room_ = room;
    Resume();
  }
  void Close() {
    closed_ = true;
    if (listener_ != nullptr) listener_();
    Resume();
  }

  // The ids of the grants that something was told of.
  std::vector<std::string> Told() const {
    std::vector<std::string> ids;
    for (const v1::WatchGrantEventsResponse& response : responses) {
      if (response.type() != v1::GRANT_EVENT_TYPE_UNSPECIFIED) ids.push_back(response.grant_id());
    }
    return ids;
  }
  int Bookmarks() const { return static_cast<int>(responses.size() - Told().size()); }
  std::string LastCursor() const { return responses.back().cursor(); }

  std::vector<v1::WatchGrantEventsResponse> responses;

 private:
  void Resume() {
    if (!wanted_.has_value()) return;
    OneShot<bool>::Setter wanted = *std::move(wanted_);
    wanted_.reset();
    wanted.Set(true);
  }

  int room_ = -1;
  bool closed_ = false;
  std::function<void()> listener_;
  std::optional<OneShot<bool>::Setter> wanted_;
};

// Watches on a memory store, in virtual time.
class WatchFixture : public testing::Test {
 protected:
  // One watch and its end.
  struct Watching {
    std::shared_ptr<TestSink> sink = std::make_shared<TestSink>();
    std::shared_ptr<std::optional<absl::Status>> ended;

    bool over() const { return ended->has_value(); }
    absl::Status status() const { return ended->value_or(absl::OkStatus()); }
  };

  ~WatchFixture() override {
    for (const std::shared_ptr<TestSink>& sink : sinks_) sink->Close();
    executor_.Advance(absl::Seconds(5));
    EXPECT_FALSE(tail_.following());
  }

  Watching Begin(const std::string& app, const std::string& cursor = "", int room = -1) {
    Watching watching;
    watching.sink->Take(room);
    sinks_.push_back(watching.sink);
    watching.ended = executor_.Start(
        RunWatch({&executor_, &tail_, keys_.get(), &clock_}, app, cursor, watching.sink));
    executor_.RunUntilIdle();
    return watching;
  }

  // Something happens to a grant of the app; the grant's id tells one event from another.
  void Happen(const std::string& app, const std::string& grant_id) {
    storage::v1::GrantEvent event;
    event.set_grant_id(grant_id);
    event.set_type(v1::GRANT_EVENT_TYPE_FAILING);
    event.mutable_event_time()->set_seconds(1'700'000'000);
    event.set_provider("idp");
    event.set_subject("user-1");
    event.set_failure_reason("PROVIDER_UNAVAILABLE");
    Append(&store_, app, event.SerializeAsString());
  }
  void Append(TokenStore* store, const std::string& app, const std::string& record) {
    GrantWrite write{app, "tokens", absl::Hours(1)};
    write.events = {record};
    SlotKey key{absl::StrCat("slot-", ++grants_)};
    ASSERT_TRUE(executor_.Await(store->CreateGrant(key, write)).ok());
  }

  // What happened is told within this time.
  void LetItBeTold() { executor_.Advance(2 * EventTail::kPause); }

  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  MemoryBackend backend_{&clock_};
  const std::unique_ptr<KeyRing> keys_ = *KeyRing::New(KeyRing::Generate("k1"));
  SealingStore store_{std::make_unique<MemoryStore>(&backend_), keys_.get()};
  FaultyEventLog* const raw_ = new FaultyEventLog(std::make_unique<MemoryEventLog>(&backend_));
  SealingEventLog log_{std::unique_ptr<EventLog>(raw_), keys_.get()};
  EventTail tail_{&executor_, &log_};

 private:
  static Task<absl::Status> RunWatch(EventWatch::Parts parts, std::string app, std::string cursor,
                                     std::shared_ptr<TestSink> sink) {
    EventWatch watch(parts, std::move(app), std::move(sink));
    absl::Status ended = co_await watch.Run(std::move(cursor));
    co_return ended;
  }

  int grants_ = 0;
  std::vector<std::shared_ptr<TestSink>> sinks_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_BROKER_WATCH_FIXTURE_H_
