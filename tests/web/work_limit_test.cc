#include "server/web/work_limit.h"

#include "gtest/gtest.h"

namespace evertoken {
namespace {

TEST(WorkLimitTest, GivesSoManyPassesAndTakesThemBack) {
  auto limit = std::make_shared<WorkLimit>(2);
  auto first = limit->Enter();
  auto second = limit->Enter();
  EXPECT_NE(first, nullptr);
  EXPECT_NE(second, nullptr);
  EXPECT_EQ(limit->Enter(), nullptr);
  EXPECT_EQ(limit->Enter(), nullptr);
  first.reset();
  EXPECT_NE(limit->Enter(), nullptr);
}

TEST(WorkLimitTest, APassMayOutliveTheOwnerOfTheLimit) {
  auto limit = std::make_shared<WorkLimit>(1);
  auto pass = limit->Enter();
  limit.reset();
  pass.reset();
}

}  // namespace
}  // namespace evertoken
