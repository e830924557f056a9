#include "server/broker/login_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/base/error.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::Status At(const std::string& time, const std::string& replaced_by) {
  auto entry = std::make_shared<config::v1::Provider>();
  entry->mutable_lifecycle()->set_end_date("2026-09-30");
  entry->mutable_lifecycle()->set_replaced_by(replaced_by);
  ProviderBinding binding;
  binding.provider = "old";
  binding.entry = entry;
  absl::Time now;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_sec, time, &now, nullptr));
  return CheckTakesLogins(binding, now);
}

TEST(LoginGateTest, IsOpenUntilTheDayOfTheEnd) {
  EXPECT_THAT(At("2026-09-29T23:59:59Z", "new"), IsOk());
  EXPECT_EQ(ReasonOf(At("2026-09-30T00:00:00Z", "new")), v1::ERROR_REASON_PROVIDER_DISABLED);
}

TEST(LoginGateTest, SaysSinceWhenAndWhatTakesItsPlace) {
  const std::string told(At("2027-01-01T00:00:00Z", "new").message());
  EXPECT_THAT(told, HasSubstr("'old' takes no logins since 2026-09-30; provider 'new' takes"));
  EXPECT_THAT(std::string(At("2027-01-01T00:00:00Z", "").message()), Not(HasSubstr("place")));
}

}  // namespace
}  // namespace evertoken
