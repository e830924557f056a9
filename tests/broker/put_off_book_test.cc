#include "server/broker/put_off_book.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

constexpr absl::Duration kLeast = absl::Seconds(30);

class PutOffBookTest : public testing::Test {
 protected:
  FakeClock clock;
  PutOffBook book{/*rate=*/10, &clock};
};

TEST_F(PutOffBookTest, TheFirstWaitsNoLongerThanItMust) {
  EXPECT_EQ(book.PutOff("acme", kLeast), kLeast);
}

TEST_F(PutOffBookTest, ManyComeBackAtTheRateAndInOrder) {
  absl::Duration last = book.PutOff("acme", kLeast);
  for (int i = 1; i < 1000; ++i) {
    const absl::Duration next = book.PutOff("acme", kLeast);
    EXPECT_EQ(next - last, absl::Milliseconds(100));
    last = next;
  }
}

// Those that come back while the provider is still down go to the end.
TEST_F(PutOffBookTest, WhoComesBackTooEarlyGoesBehindThoseWhoAreStillAway) {
  for (int i = 0; i < 1000; ++i) book.PutOff("acme", kLeast);
  clock.Advance(absl::Seconds(31));
  EXPECT_EQ(book.PutOff("acme", kLeast), kLeast + absl::Seconds(100) - absl::Seconds(31));
}

TEST_F(PutOffBookTest, LinesDoNotWaitForEachOtherButShareTheRate) {
  for (int i = 0; i < 1000; ++i) book.PutOff("acme", kLeast);
  EXPECT_EQ(book.PutOff("other", kLeast), kLeast);
  EXPECT_EQ(book.PutOff("other", kLeast), kLeast + absl::Milliseconds(200));
}

// Most of many lines are short, and the long one must not wait for places that nobody takes.
TEST_F(PutOffBookTest, ManyLinesDoNotSlowTheLongOne) {
  for (int i = 0; i < 50; ++i) book.PutOff(absl::StrCat("short-", i), kLeast);
  EXPECT_EQ(book.PutOff("acme", kLeast), kLeast);
  EXPECT_EQ(book.PutOff("acme", kLeast), kLeast + absl::Milliseconds(400));
}

TEST_F(PutOffBookTest, ALongerWaitMovesTheWholeLine) {
  book.PutOff("acme", kLeast);
  EXPECT_EQ(book.PutOff("acme", absl::Hours(1)), absl::Hours(1));
  EXPECT_EQ(book.PutOff("acme", kLeast), absl::Hours(1) + absl::Milliseconds(100));
}

TEST_F(PutOffBookTest, LinesAreForgottenWhenAllCameBack) {
  book.PutOff("acme", kLeast);
  book.PutOff("other", kLeast);
  clock.Advance(absl::Seconds(31));
  book.PutOff("third", kLeast);
  EXPECT_EQ(book.lines(), 1u);
}

}  // namespace
}  // namespace evertoken
