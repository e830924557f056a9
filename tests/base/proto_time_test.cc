#include "server/base/proto_time.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

TEST(ProtoTimeTest, TimesComeBackAsTheyWere) {
  for (const absl::Time time : {absl::UnixEpoch(), absl::FromUnixNanos(1), absl::FromUnixNanos(-1),
                                absl::FromUnixSeconds(1800000000) + absl::Nanoseconds(999999999)}) {
    EXPECT_EQ(FromTimestamp(ToTimestamp(time)), time);
  }
  // Nanoseconds always count forwards, before 1970 too.
  EXPECT_EQ(ToTimestamp(absl::FromUnixNanos(-1)).seconds(), -1);
  EXPECT_EQ(ToTimestamp(absl::FromUnixNanos(-1)).nanos(), 999999999);
}

TEST(ProtoTimeTest, TimesBeyondTheProtocolAreClamped) {
  EXPECT_EQ(ToTimestamp(absl::InfiniteFuture()).seconds(), 253402300799);
  EXPECT_EQ(ToTimestamp(absl::InfinitePast()).seconds(), -62135596800);
}

TEST(ProtoTimeTest, DurationsComeBackAsTheyWere) {
  for (const absl::Duration duration : {absl::ZeroDuration(), absl::Nanoseconds(1),
                                        absl::Milliseconds(-1500), absl::Hours(24 * 60)}) {
    EXPECT_EQ(FromDuration(ToDuration(duration)), duration);
  }
  // The signs of both parts agree.
  EXPECT_EQ(ToDuration(absl::Milliseconds(-1500)).seconds(), -1);
  EXPECT_EQ(ToDuration(absl::Milliseconds(-1500)).nanos(), -500000000);
}

TEST(ProtoTimeTest, DurationsBeyondTheProtocolAreClamped) {
  EXPECT_EQ(ToDuration(absl::InfiniteDuration()).seconds(), 315576000000);
  EXPECT_EQ(ToDuration(-absl::InfiniteDuration()).seconds(), -315576000000);
}

}  // namespace
}  // namespace evertoken
