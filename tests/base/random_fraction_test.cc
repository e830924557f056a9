#include "server/base/random_fraction.h"

#include "gtest/gtest.h"

namespace evertoken {
namespace {

TEST(RandomFractionTest, CoversTheRangeAndNeverReachesOne) {
  bool low = false;
  bool high = false;
  for (int i = 0; i < 10000; ++i) {
    const double drawn = RandomFraction();
    ASSERT_GE(drawn, 0);
    ASSERT_LT(drawn, 1);
    low = low || drawn < 0.1;
    high = high || drawn > 0.9;
  }
  // Each missing by chance: 0.9^10000.
  EXPECT_TRUE(low);
  EXPECT_TRUE(high);
}

}  // namespace
}  // namespace evertoken
