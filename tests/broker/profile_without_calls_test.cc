// Profiles of a provider that has no profile calls: a renewal tells whether the permission stands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

class ProfileWithoutCallsTest : public testing::Test, protected BrokerFixture {
 protected:
  // A grant that lives for long, renewed now.
  std::string Seed() {
    const std::string token = SeedGrant("callless");
    EXPECT_THAT(Refresh(token), IsOk());
    return token;
  }
};

TEST_F(ProfileWithoutCallsTest, ARenewalOfTheLastDayIsProof) {
  const std::string token = Seed();
  const size_t renewals = http.Requests(kTokenUrl).size();
  clock.Advance(absl::Hours(24));
  ASSERT_THAT(Profile(token), IsOk());
  EXPECT_EQ(http.Requests(kTokenUrl).size(), renewals);
  EXPECT_TRUE(http.Requests(kProfileUrl).empty());
}

TEST_F(ProfileWithoutCallsTest, AfterADayThePermissionIsProvenOnceMore) {
  const std::string token = Seed();
  const size_t renewals = http.Requests(kTokenUrl).size();
  clock.Advance(absl::Hours(25));
  ASSERT_THAT(Profile(token), IsOk());
  ASSERT_THAT(Profile(token), IsOk());
  EXPECT_EQ(http.Requests(kTokenUrl).size(), renewals + 1);
}

TEST_F(ProfileWithoutCallsTest, AWithdrawnPermissionEndsTheGrant) {
  const std::string token = Seed();
  clock.Advance(absl::Hours(25));
  http.On(kTokenUrl, JsonReply(400, R"({"error":"invalid_grant"})"));
  EXPECT_THAT(Profile(token), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_REVOKED);
}

}  // namespace
}  // namespace evertoken
