#include "server/broker/circuit_breaker.h"

#include <vector>

#include "gtest/gtest.h"

namespace evertoken {
namespace {

using Kind = CallOutcome::Kind;
using Ticket = CircuitBreaker::Ticket;

class CircuitBreakerTest : public ::testing::Test {
 protected:
  void End(Ticket ticket, Kind kind) {
    circuit_.End(ticket, kind, now_, [this] { return random_; });
  }
  void Call(Kind kind) { End(circuit_.Begin(), kind); }
  void Call(Kind kind, int times) {
    for (int i = 0; i < times; ++i) Call(kind);
  }
  bool MayCall() { return !circuit_.Check(now_).has_value(); }
  absl::Duration RetryAfter() { return circuit_.Check(now_).value().retry_after; }
  // Lets the time pass until the probe may go out.
  void WaitForProbe() { now_ += RetryAfter(); }

  CircuitBreaker circuit_;
  absl::Time now_ = absl::FromUnixSeconds(1900000000);
  double random_ = 0;
};

TEST_F(CircuitBreakerTest, OpensAfterFiveFailuresInARow) {
  Call(Kind::kDown, 4);
  EXPECT_TRUE(MayCall());
  Call(Kind::kDown);
  EXPECT_FALSE(MayCall());
  EXPECT_FALSE(circuit_.Check(now_)->client_refused);
  EXPECT_EQ(RetryAfter(), absl::Seconds(1));
}

TEST_F(CircuitBreakerTest, ASignOfLifeEndsTheRow) {
  for (const Kind alive : {Kind::kWorks, Kind::kThrottled, Kind::kClientRefused}) {
    Call(Kind::kDown, 4);
    Call(alive);
    Call(Kind::kDown, 4);
    EXPECT_TRUE(MayCall());
    Call(Kind::kWorks);
  }
  Call(Kind::kDown, 4);
  Call(Kind::kNothingLearnt);
  Call(Kind::kDown);
  EXPECT_FALSE(MayCall());
}

TEST_F(CircuitBreakerTest, LetsOneProbeGoAtATime) {
  Call(Kind::kDown, 5);
  WaitForProbe();
  ASSERT_TRUE(MayCall());
  const Ticket probe = circuit_.Begin();
  EXPECT_FALSE(MayCall());
  now_ += absl::Hours(1);
  EXPECT_FALSE(MayCall());
  EXPECT_EQ(RetryAfter(), absl::Seconds(1));
  End(probe, Kind::kNothingLearnt);
  ASSERT_TRUE(MayCall());
  const Ticket next = circuit_.Begin();
  EXPECT_FALSE(MayCall());
  End(next, Kind::kWorks);
  EXPECT_FALSE(circuit_.open());
  EXPECT_TRUE(MayCall());
}

TEST_F(CircuitBreakerTest, AFailedProbeOpensItForLonger) {
  random_ = 0.5;
  Call(Kind::kDown, 5);
  for (const int milliseconds : {1500, 2500, 4500, 8500, 16500, 30500, 30500}) {
    EXPECT_EQ(RetryAfter(), absl::Milliseconds(milliseconds));
    WaitForProbe();
    Call(Kind::kDown);
  }
  // Success forgets how often it failed.
  WaitForProbe();
  Call(Kind::kWorks);
  Call(Kind::kDown, 5);
  EXPECT_EQ(RetryAfter(), absl::Milliseconds(1500));
}

TEST_F(CircuitBreakerTest, DoesNotHearWhatWentOutBeforeItOpened) {
  const Ticket early = circuit_.Begin();
  const Ticket another = circuit_.Begin();
  Call(Kind::kDown, 5);
  End(early, Kind::kWorks);
  EXPECT_FALSE(MayCall());
  WaitForProbe();
  const Ticket probe = circuit_.Begin();
  End(another, Kind::kDown);
  EXPECT_FALSE(MayCall());
  End(probe, Kind::kWorks);
  EXPECT_TRUE(MayCall());
}

TEST_F(CircuitBreakerTest, AThousandCallsThatWereUnderWayDoNotProlongAnOutage) {
  std::vector<Ticket> under_way;
  for (int i = 0; i < 1000; ++i) under_way.push_back(circuit_.Begin());
  Call(Kind::kDown, 5);
  for (int i = 0; i < 500; ++i) End(under_way[i], Kind::kDown);
  EXPECT_EQ(RetryAfter(), absl::Seconds(1));
  WaitForProbe();
  Call(Kind::kWorks);
  for (int i = 500; i < 1000; ++i) End(under_way[i], Kind::kDown);
  EXPECT_TRUE(MayCall());
}

TEST_F(CircuitBreakerTest, OpensWhenTheClientIsRefused) {
  Call(Kind::kClientRefused, 2);
  EXPECT_TRUE(MayCall());
  Call(Kind::kClientRefused);
  ASSERT_FALSE(MayCall());
  EXPECT_TRUE(circuit_.Check(now_)->client_refused);
  EXPECT_TRUE(circuit_.client_refused());
  EXPECT_EQ(RetryAfter(), absl::Seconds(10));
  WaitForProbe();
  Call(Kind::kClientRefused);
  random_ = 0.9999;
  for (int i = 0; i < 10; ++i) {
    WaitForProbe();
    Call(Kind::kClientRefused);
  }
  EXPECT_GT(RetryAfter(), absl::Minutes(4));
  EXPECT_LE(RetryAfter(), absl::Minutes(5));
}

TEST_F(CircuitBreakerTest, OneGrantThatIsRefusedAmongOthersDoesNotOpenIt) {
  for (int i = 0; i < 20; ++i) {
    Call(Kind::kClientRefused, 2);
    Call(Kind::kWorks);
  }
  EXPECT_TRUE(MayCall());
}

TEST_F(CircuitBreakerTest, AnOutageInBetweenDoesNotHideARefusedClient) {
  Call(Kind::kClientRefused, 2);
  Call(Kind::kDown);
  Call(Kind::kClientRefused);
  EXPECT_FALSE(MayCall());
}

TEST_F(CircuitBreakerTest, AProbeCanChangeTheCause) {
  Call(Kind::kDown, 5);
  WaitForProbe();
  Call(Kind::kClientRefused);
  EXPECT_TRUE(circuit_.client_refused());
  EXPECT_EQ(RetryAfter(), absl::Seconds(10));
  WaitForProbe();
  Call(Kind::kDown);
  EXPECT_FALSE(circuit_.client_refused());
  EXPECT_TRUE(circuit_.open());
}

TEST_F(CircuitBreakerTest, AThrottledProbeProvesThatTheProviderWorks) {
  Call(Kind::kDown, 5);
  WaitForProbe();
  Call(Kind::kThrottled);
  EXPECT_FALSE(circuit_.open());
}

}  // namespace
}  // namespace evertoken
