#include "server/config/nearest_name.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

TEST(NearestNameTest, FindsTheNameWithTheFewestEdits) {
  EXPECT_EQ(NearestName("confg", {"serve", "config", "conf"}, 3), "config");
  EXPECT_EQ(NearestName("serve", {"config", "serve"}, 0), "serve");
}

TEST(NearestNameTest, TakesTheFirstOfEquals) {
  EXPECT_EQ(NearestName("ab", {"ac", "ad"}, 1), "ac");
}

TEST(NearestNameTest, GivesNothingBeyondTheLimit) {
  EXPECT_EQ(NearestName("abc", {"xyz"}, 2), "");
  EXPECT_EQ(NearestName("abc", {}, 2), "");
  EXPECT_EQ(NearestName(std::string(100000, 'a'), {"a"}, 1000000), "");
}

}  // namespace
}  // namespace evertoken
