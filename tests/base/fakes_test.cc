// The fakes that every other test stands on.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/one_shot.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

class ManualExecutorTest : public testing::Test {
 protected:
  FakeClock clock_;
  ManualExecutor executor_{&clock_};
};

TEST_F(ManualExecutorTest, FiresTimersInOrderOfTheirTimeAndShowsThatTime) {
  const absl::Time start = clock_.Now();
  std::vector<int64_t> fired;
  const auto note = [&] { fired.push_back(absl::ToInt64Seconds(clock_.Now() - start)); };
  executor_.RunAfter(absl::Seconds(5), note);
  executor_.RunAfter(absl::Seconds(2), [&] {
    note();
    executor_.RunAfter(absl::Seconds(1), note);
  });
  executor_.RunAfter(absl::Seconds(9), note);

  executor_.Advance(absl::Seconds(6));

  EXPECT_THAT(fired, ElementsAre(2, 3, 5));
  EXPECT_EQ(clock_.Now() - start, absl::Seconds(6));
  EXPECT_EQ(executor_.pending_timers(), 1);
}

TEST_F(ManualExecutorTest, NeverRunsInsidePostNorACancelledTimer) {
  std::vector<int> ran;
  executor_.Post([&] {
    executor_.Post([&] { ran.push_back(2); });
    ran.push_back(1);
  });
  const Executor::TimerId timer = executor_.RunAfter(absl::Seconds(1), [&] { ran.push_back(3); });
  EXPECT_TRUE(ran.empty());
  executor_.CancelTimer(timer);
  executor_.CancelTimer(12345);
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(ran, ElementsAre(1, 2));
}

Task<int> Slow(int value) {
  co_await Delay(absl::Seconds(3));
  co_return value;
}

Task<int> Never() {
  OneShot<int> answer;
  int value = co_await std::move(answer).Wait();
  co_return value;
}

TEST_F(ManualExecutorTest, AwaitLetsAsMuchTimePassAsTheTaskNeeds) {
  const absl::Time start = clock_.Now();
  EXPECT_EQ(executor_.Await(Slow(7)), 7);
  EXPECT_EQ(clock_.Now() - start, absl::Seconds(3));
}

TEST_F(ManualExecutorTest, StartedTaskWaitsForItsTime) {
  const auto result = executor_.Start(Slow(7));
  executor_.Advance(absl::Seconds(2));
  EXPECT_FALSE(result->has_value());
  executor_.Advance(absl::Seconds(1));
  EXPECT_THAT(*result, testing::Optional(7));
}

TEST_F(ManualExecutorTest, AwaitOfATaskThatNeverEndsIsLoud) {
  EXPECT_DEATH(executor_.Await(Never()), "never ends");
}

TEST_F(ManualExecutorTest, HttpAnswersByScriptAndRecords) {
  FakeHttpClient http;
  http.On("https://idp.test/token", JsonReply(200, "{}"));
  http.On("https://idp.test/broken", absl::AbortedError("broken"));
  http.SetDelay(absl::Seconds(2));

  HttpRequest request;
  request.url = "https://idp.test/token?a=b";
  absl::StatusOr<HttpReply> reply = executor_.Await(http.Send(request));
  ASSERT_THAT(reply, IsOk());
  EXPECT_EQ(reply->Header("content-type"), "application/json");
  EXPECT_EQ(reply->round_trip, absl::Seconds(2));

  request.timeout = absl::Seconds(1);
  EXPECT_THAT(executor_.Await(http.Send(request)), StatusIs(absl::StatusCode::kDeadlineExceeded));
  request.url = "https://idp.test/broken";
  request.timeout = absl::Seconds(5);
  EXPECT_THAT(executor_.Await(http.Send(request)),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("broken")));
  EXPECT_EQ(http.Requests().size(), 3);
  EXPECT_EQ(http.Requests("https://idp.test/token").size(), 2);
}

TEST(StatusMatchersTest, TellRightFromWrong) {
  const absl::StatusOr<int> five = 5;
  EXPECT_THAT(five, IsOkAndHolds(5));
  EXPECT_THAT(five, Not(IsOkAndHolds(6)));
  EXPECT_THAT(absl::OkStatus(), Not(HasReason(v1::ERROR_REASON_GRANT_REVOKED)));
  const absl::StatusOr<int> revoked = MakeError(v1::ERROR_REASON_GRANT_REVOKED, "gone");
  EXPECT_THAT(revoked, HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  EXPECT_THAT(revoked, Not(HasReason(v1::ERROR_REASON_GRANT_EXPIRED)));
  EXPECT_THAT(revoked, Not(IsOk()));
  EXPECT_THAT(revoked, StatusIs(absl::StatusCode::kFailedPrecondition, Eq("gone")));
  EXPECT_THAT(revoked, Not(StatusIs(absl::StatusCode::kFailedPrecondition, Eq("here"))));
}

}  // namespace
}  // namespace evertoken
