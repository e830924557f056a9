#include "server/broker/call_limits.h"

#include "gtest/gtest.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using config::v1::ProviderClient;

TEST(CallLimitsTest, WithoutSettingsThereIsNoBudgetAndACap) {
  const CallLimits limits = LimitsOf(Provider(), ProviderClient());
  EXPECT_EQ(limits.per_second, 0);
  EXPECT_EQ(limits.concurrent, 2000);
  EXPECT_FALSE(limits.profile_limits_per_user);
}

TEST(CallLimitsTest, TheEntryTellsWhatTheAppDoesNot) {
  Provider entry;
  entry.mutable_limits()->set_calls_per_second(2.5);
  entry.mutable_limits()->set_concurrent_calls(7);
  entry.mutable_limits()->set_profile_limits_per_user(true);
  EXPECT_EQ(LimitsOf(entry, ProviderClient()), (CallLimits{2.5, 3, 7, true}));
  entry.mutable_limits()->set_burst(20);
  EXPECT_EQ(LimitsOf(entry, ProviderClient()), (CallLimits{2.5, 20, 7, true}));
}

TEST(CallLimitsTest, TheAppsBudgetTakesThePlaceOfTheEntrysAsAWhole) {
  Provider entry;
  entry.mutable_limits()->set_calls_per_second(2.5);
  entry.mutable_limits()->set_burst(20);
  entry.mutable_limits()->set_concurrent_calls(7);
  ProviderClient client;
  client.mutable_budget()->set_per_second(0.1);
  EXPECT_EQ(LimitsOf(entry, client), (CallLimits{0.1, 1, 7, false}));
  client.mutable_budget()->set_burst(4);
  client.set_concurrent_calls(9);
  EXPECT_EQ(LimitsOf(entry, client), (CallLimits{0.1, 4, 9, false}));
}

}  // namespace
}  // namespace evertoken
