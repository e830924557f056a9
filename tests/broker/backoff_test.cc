#include "server/broker/backoff.h"

#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace evertoken {
namespace {

constexpr double kAlmostOne = 0.999999;

TEST(BackoffTest, TheCeilingDoublesUpToTheMost) {
  constexpr BackoffRange kRange = {absl::Seconds(1), absl::Seconds(60)};
  const std::vector<std::pair<int, int>> ceilings = {{1, 2},  {2, 4},  {3, 8},  {4, 16},
                                                     {5, 32}, {6, 60}, {7, 60}, {1000000000, 60}};
  for (const auto& [failures, ceiling] : ceilings) {
    EXPECT_EQ(Backoff(kRange, failures, 0), absl::Seconds(1)) << failures;
    const absl::Duration highest = Backoff(kRange, failures, kAlmostOne);
    EXPECT_LT(highest, absl::Seconds(ceiling)) << failures;
    EXPECT_GT(highest, absl::Seconds(ceiling) - absl::Milliseconds(1)) << failures;
  }
}

TEST(BackoffTest, TheJitterCoversTheWholeRangeEvenly) {
  constexpr BackoffRange kRange = {absl::Seconds(1), absl::Seconds(9)};
  EXPECT_EQ(Backoff(kRange, 10, 0.25), absl::Seconds(3));
  EXPECT_EQ(Backoff(kRange, 10, 0.5), absl::Seconds(5));
  EXPECT_EQ(Backoff(kRange, 10, 0.75), absl::Seconds(7));
}

TEST(BackoffTest, NoFailureIsTakenForTheFirst) {
  EXPECT_EQ(Backoff(kGrantBackoff, 0, 0.5), Backoff(kGrantBackoff, 1, 0.5));
  EXPECT_EQ(Backoff(kGrantBackoff, -5, 0.5), Backoff(kGrantBackoff, 1, 0.5));
}

TEST(BackoffTest, AGrantIsTriedAgainWithinAQuarterOfAnHour) {
  EXPECT_EQ(Backoff(kGrantBackoff, 1, 0), absl::Seconds(1));
  EXPECT_LT(Backoff(kGrantBackoff, 100, kAlmostOne), absl::Minutes(15));
}

}  // namespace
}  // namespace evertoken
