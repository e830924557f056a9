#include "server/base/metrics.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsTest, CountsAndTimesByLabel) {
  Metrics metrics;
  metrics.CountRequest("RefreshToken", "OK", absl::Milliseconds(3));
  metrics.CountRequest("RefreshToken", "OK", absl::Milliseconds(20));
  metrics.CountRequest("RefreshToken", "NOT_FOUND", absl::Milliseconds(1));
  metrics.CountProviderCall("acme", "token", "ok", absl::Milliseconds(200));
  metrics.CountRenewal("acme", "renewed");
  metrics.CountStoreOperation("read", "OK", absl::Microseconds(300));
  metrics.CountLogin("acme", "completed");
  metrics.SetInFlight(17);
  metrics.AddEventStreams(3);
  metrics.AddEventStreams(-1);
  metrics.CountProviderRefusal("acme", "circuit_open");
  metrics.CountProviderPause("acme", "throttled");
  metrics.AddOpenCircuits("acme", 1);
  metrics.AddWaitingCalls("acme", 3);
  metrics.AddWaitingCalls("acme", -1);

  const std::string text = metrics.Serialize();
  EXPECT_THAT(text, HasSubstr("# TYPE evertoken_requests_total counter\n"));
  EXPECT_THAT(text, HasSubstr("evertoken_requests_total{code=\"OK\",method=\"RefreshToken\"} 2\n"));
  EXPECT_THAT(
      text, HasSubstr("evertoken_requests_total{code=\"NOT_FOUND\",method=\"RefreshToken\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("evertoken_request_seconds_count{method=\"RefreshToken\"} 3\n"));
  EXPECT_THAT(
      text,
      HasSubstr("evertoken_request_seconds_bucket{method=\"RefreshToken\",le=\"0.005\"} 2\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "evertoken_provider_calls_total{call=\"token\",outcome=\"ok\",provider=\"acme\"} 1\n"));
  EXPECT_THAT(
      text,
      HasSubstr("evertoken_provider_call_seconds_count{call=\"token\",provider=\"acme\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("evertoken_renewals_total{outcome=\"renewed\",provider=\"acme\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("evertoken_store_operations_total{code=\"OK\",operation=\"read\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("evertoken_store_operation_seconds_count{operation=\"read\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("evertoken_logins_total{outcome=\"completed\",provider=\"acme\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("evertoken_in_flight_requests 17\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "evertoken_provider_refusals_total{provider=\"acme\",reason=\"circuit_open\"} 1\n"));
  EXPECT_THAT(
      text,
      HasSubstr("evertoken_provider_pauses_total{cause=\"throttled\",provider=\"acme\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("evertoken_provider_circuits_open{provider=\"acme\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("evertoken_provider_waiting_calls{provider=\"acme\"} 2\n"));
}

TEST(MetricsTest, TellsOfGrantsThatAreDueByShard) {
  Metrics metrics;
  metrics.SetDue(3, 17, absl::Seconds(90));
  metrics.SetDue(4, 5, absl::ZeroDuration());
  metrics.SetDue(4, 0, absl::ZeroDuration());
  metrics.CountDueVisit("renewed");
  const std::string text = metrics.Serialize();
  EXPECT_THAT(text, HasSubstr("evertoken_due_grants{shard=\"3\"} 17\n"));
  EXPECT_THAT(text, HasSubstr("evertoken_due_oldest_seconds{shard=\"3\"} 90\n"));
  EXPECT_THAT(text, HasSubstr("evertoken_due_grants{shard=\"4\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("evertoken_due_visits_total{outcome=\"renewed\"} 1\n"));
}

TEST(MetricsTest, LabelsThatOnlyTogetherLookAlikeAreTwoSeries) {
  Metrics metrics;
  metrics.CountLogin("ab", "c");
  metrics.CountLogin("a", "bc");
  EXPECT_THAT(metrics.Serialize(),
              HasSubstr("evertoken_logins_total{outcome=\"c\",provider=\"ab\"} 1\n"));
  EXPECT_THAT(metrics.Serialize(),
              HasSubstr("evertoken_logins_total{outcome=\"bc\",provider=\"a\"} 1\n"));
}

TEST(MetricsTest, ThreadsShareSeriesAndObjectsDoNot) {
  auto first = std::make_unique<Metrics>();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&first] {
      for (int i = 0; i < 1000; ++i) first->CountRenewal("acme", "renewed");
    });
  }
  for (std::thread& thread : threads) thread.join();
  first->CountRenewal("acme", "renewed");
  EXPECT_THAT(first->Serialize(),
              HasSubstr("evertoken_renewals_total{outcome=\"renewed\",provider=\"acme\"} 4001\n"));

  // This thread's memory of the first object's series must not lead the second astray.
  first.reset();
  Metrics second;
  EXPECT_THAT(second.Serialize(), Not(HasSubstr("acme")));
  second.CountRenewal("acme", "renewed");
  EXPECT_THAT(second.Serialize(),
              HasSubstr("evertoken_renewals_total{outcome=\"renewed\",provider=\"acme\"} 1\n"));
}

}  // namespace
}  // namespace evertoken
