#include "server/provider/reply_pause.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace evertoken {
namespace {

using ::testing::Optional;

const absl::Time kNow = absl::FromUnixSeconds(1900000000);

using Headers = std::vector<std::pair<std::string, std::string>>;

HttpReply Reply(int status, Headers headers) {
  HttpReply reply;
  reply.status = status;
  reply.headers = std::move(headers);
  return reply;
}

TEST(ReplyPauseTest, ReadsTheRateHeadersOfAUsedUpQuota) {
  const std::vector<std::pair<Headers, absl::Duration>> cases = {
      {{{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1900000090"}}, absl::Seconds(90)},
      {{{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1900000090000"}}, absl::Seconds(90)},
      {{{"x-rate-limit-remaining", "0"}, {"x-rate-limit-reset", "40"}}, absl::Seconds(40)},
      {{{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "90000"}}, absl::Hours(1)},
      {{{"x-ratelimit-remaining", "0"},
        {"x-ratelimit-reset", "1900000009.5"},
        {"x-ratelimit-reset-after", "1.5"}},
       absl::Milliseconds(1500)},
      {{{"ratelimit-remaining", "0"}, {"ratelimit-reset", "12"}}, absl::Seconds(12)},
      {{{"ratelimit", "limit=10, remaining=0, reset=7"}}, absl::Seconds(7)},
      {{{"ratelimit", "\"day\";r=0;t=30"}}, absl::Seconds(30)},
      {{{"ratelimit", "\"a\";r=5;t=99, \"b\"; r=0; t=30, \"c\";r=0;t=60"}}, absl::Seconds(60)},
  };
  for (const auto& [headers, wait] : cases) {
    EXPECT_THAT(ParseQuotaReset(Reply(200, headers), kNow), Optional(wait))
        << headers[0].first << ": " << headers[0].second;
  }
}

TEST(ReplyPauseTest, WhatRemainsOrCannotBeReadAsksForNothing) {
  for (const Headers& headers : std::vector<Headers>{
           {},
           {{"x-ratelimit-remaining", "1"}, {"x-ratelimit-reset", "1900000090"}},
           {{"x-ratelimit-remaining", "0"}},
           {{"x-ratelimit-reset", "1900000090"}},
           {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1899999999"}},
           {{"x-ratelimit-remaining", "none"}, {"x-ratelimit-reset", "1900000090"}},
           {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "nan"}},
           {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "inf"}},
           {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "-5"}},
           {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "soon"}},
           {{"ratelimit", "limit=10, remaining=3, reset=7"}},
           {{"ratelimit", "\"day\";r=0"}},
           {{"ratelimit", "=;,=,;;"}},
       }) {
    EXPECT_EQ(ParseQuotaReset(Reply(200, headers), kNow), std::nullopt)
        << (headers.empty() ? "none" : headers[0].second);
  }
}

TEST(ReplyPauseTest, ARefusalForLackOfCapacityIsTakenAtItsWord) {
  for (const int status : {403, 408, 429, 500, 503}) {
    EXPECT_EQ(PauseAskedBy(Reply(status, {{"retry-after", "17"}}), kNow), absl::Seconds(17))
        << status;
  }
  // What is wrong with one grant says nothing of others.
  for (const int status : {200, 301, 400, 401})
    EXPECT_EQ(PauseAskedBy(Reply(status, {{"retry-after", "17"}}), kNow), absl::ZeroDuration());
}

TEST(ReplyPauseTest, RetryAfterGoesBeforeTheRateHeaders) {
  const Headers quota = {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "50"}};
  EXPECT_EQ(PauseAskedBy(Reply(429, quota), kNow), absl::Seconds(50));
  EXPECT_EQ(PauseAskedBy(Reply(200, quota), kNow), absl::Seconds(50));
  Headers both = quota;
  both.emplace_back("retry-after", "5");
  EXPECT_EQ(PauseAskedBy(Reply(429, both), kNow), absl::Seconds(5));
}

}  // namespace
}  // namespace evertoken
