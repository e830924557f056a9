// WatchGrantEvents over a real connection.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/store/memory/memory_event_list.h"
#include "tests/rpc/edge_fixture.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A stream, as a client sees it.
class Watch {
 public:
  Watch(v1::TokenService::Stub* tokens, const std::string& cursor,
        const std::string& authorization = BasicHeader("shop", "shop-1")) {
    context_.AddMetadata("authorization", authorization);
    v1::WatchGrantEventsRequest request;
    request.set_cursor(cursor);
    reader_ = tokens->WatchGrantEvents(&context_, request);
  }
  ~Watch() {
    if (!finished_) Cancel();
  }

  // The next response; empty at the end.
  v1::WatchGrantEventsResponse Next() {
    v1::WatchGrantEventsResponse response;
    if (reader_->Read(&response)) return response;
    return {};
  }
  std::string NextGrant() { return Next().grant_id(); }

  void Cancel() {
    context_.TryCancel();
    EXPECT_EQ(Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  grpc::Status Finish() {
    v1::WatchGrantEventsResponse response;
    while (reader_->Read(&response)) continue;
    finished_ = true;
    return reader_->Finish();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchGrantEventsResponse>> reader_;
  bool finished_ = false;
};

class WatchTest : public testing::Test, protected EdgeFixture {
 protected:
  void SetUp() override { Start(LoopbackConfig()); }

  std::unique_ptr<Watch> Begin(const std::string& cursor = "") {
    return std::make_unique<Watch>(tokens.get(), cursor);
  }
  void EndGrant(const std::string& grant_id) { Revoke(SeedGrant(grant_id)); }
};

TEST_F(WatchTest, TellsWhatHappensToTheAppsGrants) {
  const std::string token = SeedGrant("one");
  Watch other(tokens.get(), "", BasicHeader("other", "other-1"));
  const auto watch = Begin();
  const v1::WatchGrantEventsResponse bookmark = watch->Next();
  EXPECT_FALSE(bookmark.cursor().empty());
  EXPECT_EQ(bookmark.type(), v1::GRANT_EVENT_TYPE_UNSPECIFIED);
  const std::string others_cursor = other.Next().cursor();
  Revoke(token);
  const v1::WatchGrantEventsResponse event = watch->Next();
  EXPECT_EQ(event.grant_id(), "one");
  EXPECT_EQ(event.type(), v1::GRANT_EVENT_TYPE_REVOKED);
  EXPECT_EQ(event.failure_reason(), "GRANT_REVOKED");
  EXPECT_EQ(event.provider(), "idp");
  EXPECT_EQ(event.subject(), "user-1");
  EXPECT_EQ(event.event_time().seconds(), absl::ToUnixSeconds(clock.Now()));
  EXPECT_NE(event.cursor(), bookmark.cursor());
  // What the other app hears of first is its own.
  other.Cancel();
  Watch again(tokens.get(), others_cursor, BasicHeader("other", "other-1"));
  EXPECT_EQ(again.Next().type(), v1::GRANT_EVENT_TYPE_UNSPECIFIED);
}

TEST_F(WatchTest, GoesOnFromEveryCursor) {
  std::vector<std::string> cursors;
  {
    const auto watch = Begin();
    cursors.push_back(watch->Next().cursor());
    for (const char* id : {"1", "2", "3"}) {
      EndGrant(id);
      const v1::WatchGrantEventsResponse event = watch->Next();
      EXPECT_EQ(event.grant_id(), id);
      cursors.push_back(event.cursor());
    }
  }
  EndGrant("4");
  for (size_t seen = 0; seen < cursors.size(); ++seen) {
    const auto watch = Begin(cursors[seen]);
    EXPECT_EQ(watch->NextGrant(), "");  // the bookmark
    for (size_t i = seen + 1; i <= 4; ++i) EXPECT_EQ(watch->NextGrant(), std::to_string(i));
  }
}

TEST_F(WatchTest, RefusesWhatIsNoCursorOfTheApp) {
  const std::string others =
      Watch(tokens.get(), "", BasicHeader("other", "other-1")).Next().cursor();
  for (const std::string& cursor :
       {others, others.substr(1), std::string("no cursor"), std::string(5000, 'A')}) {
    const grpc::Status status = Begin(cursor)->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(ReasonOnWire(status), "REQUEST_INVALID");
    const auto bad = OnlyDetail<google::rpc::BadRequest>(status);
    ASSERT_EQ(bad.field_violations_size(), 1);
    EXPECT_EQ(bad.field_violations(0).field(), "cursor");
  }
}

TEST_F(WatchTest, SaysThatEventsWereLost) {
  const std::string cursor = Begin()->Next().cursor();
  AppendEvents(MemoryEventList::kKept + 1);
  const grpc::Status status = Begin(cursor)->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(ReasonOnWire(status), "EVENTS_LOST");
  EXPECT_THAT(status.error_message(), HasSubstr("empty cursor"));
}

TEST_F(WatchTest, RefusesCallersItDoesNotKnow) {
  Watch watch(tokens.get(), "", BasicHeader("shop", "wrong"));
  EXPECT_EQ(ReasonOnWire(watch.Finish()), "CALLER_UNKNOWN");
}

TEST_F(WatchTest, ACallerWhoHangsUpLeavesNothingBehind) {
  const auto watch = Begin();
  watch->Next();
  EXPECT_GT(BrokerInFlight(), 0);
  watch->Cancel();
  Eventually([this] { return BrokerInFlight() == 0; });
  EXPECT_TRUE(Counted("WatchGrantEvents", "CANCELLED"));
}

TEST_F(WatchTest, ASlowReaderGetsEverythingInOrder) {
  const auto watch = Begin();
  watch->Next();
  // More than the buffers between server and client hold.
  constexpr int kEvents = 1000;
  for (int i = 0; i < kEvents; ++i) EndGrant(std::to_string(i));
  for (int i = 0; i < kEvents; ++i) ASSERT_EQ(watch->NextGrant(), std::to_string(i));
}

class CrowdedWatchTest : public WatchTest {
 protected:
  CrowdedWatchTest() {
    watches = 2;
    watches_per_app = 1;
  }
  static void ExpectOverloaded(const grpc::Status& status, const char* whose) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ReasonOnWire(status), "SERVER_OVERLOADED");
    EXPECT_GT(OnlyDetail<google::rpc::RetryInfo>(status).retry_delay().seconds(), 0);
    EXPECT_THAT(status.error_message(), HasSubstr(whose));
  }
};

TEST_F(CrowdedWatchTest, AnAppHasRoomForSoManyStreams) {
  const auto first = Begin();
  first->Next();
  ExpectOverloaded(Begin()->Finish(), "this app");
  Watch other(tokens.get(), "", BasicHeader("other", "other-1"));
  EXPECT_FALSE(other.Next().cursor().empty());
  first->Cancel();
  // The room is free when the stream has ended here too.
  Eventually([this] { return !Begin()->Next().cursor().empty(); });
}

TEST_F(WatchTest, ADrainEndsStreamsAndLosesNothing) {
  const auto watch = Begin();
  const std::string cursor = watch->Next().cursor();
  std::thread draining([this] { server->Drain(absl::Hours(1)); });
  const grpc::Status status = watch->Finish();
  draining.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOnWire(status), "SERVER_STOPPING");
  EXPECT_GT(OnlyDetail<google::rpc::RetryInfo>(status).retry_delay().seconds(), 0);
  Eventually([this] { return BrokerInFlight() == 0; });

  Start(LoopbackConfig());
  const auto again = Begin(cursor);
  again->Next();
  EndGrant("after the restart");
  EXPECT_EQ(again->NextGrant(), "after the restart");
}

TEST_F(WatchTest, ADrainDoesNotWaitForAReaderWhoReadsNothing) {
  const auto watch = Begin();
  watch->Next();
  for (int i = 0; i < 1000; ++i) EndGrant(std::to_string(i));
  server->Drain(absl::ZeroDuration());
  Eventually([this] { return BrokerInFlight() == 0; });
  EXPECT_FALSE(watch->Finish().ok());
}

}  // namespace
}  // namespace evertoken
