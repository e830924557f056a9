#include "server/broker/freshness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using config::v1::Provider;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class FreshnessTest : public testing::Test {
 protected:
  FreshnessTest() {
    entry_.mutable_renewal()->set_kind(Provider::Renewal::KIND_REFRESH_TOKEN_GRANT);
    grant_.set_state(v1::GRANT_STATE_ACTIVE);
    grant_.mutable_tokens()->set_access_token("a");
    grant_.mutable_tokens()->set_refresh_token("r");
    *grant_.mutable_tokens()->mutable_access_expire_time() = ToTimestamp(kNow + absl::Minutes(30));
    *grant_.mutable_tokens()->mutable_obtain_time() = ToTimestamp(kNow - absl::Minutes(30));
  }

  void SucceededAgo(absl::Duration age) {
    *grant_.mutable_renewal()->mutable_last_success_time() = ToTimestamp(kNow - age);
  }

  Provider entry_;
  storage::v1::Grant grant_;
};

TEST_F(FreshnessTest, WithoutMinRemainingTheProviderIsAsked) {
  EXPECT_FALSE(FreshEnough(grant_, entry_, std::nullopt, kNow));
}

TEST_F(FreshnessTest, MinRemainingIsComparedWithTheProvidersToken) {
  EXPECT_TRUE(FreshEnough(grant_, entry_, absl::Minutes(29), kNow));
  EXPECT_FALSE(FreshEnough(grant_, entry_, absl::Minutes(30), kNow));
}

TEST_F(FreshnessTest, ARenewalIsSharedForFiveSeconds) {
  SucceededAgo(absl::Milliseconds(4999));
  EXPECT_TRUE(FreshEnough(grant_, entry_, std::nullopt, kNow));
  SucceededAgo(absl::Seconds(5));
  EXPECT_FALSE(FreshEnough(grant_, entry_, std::nullopt, kNow));
}

TEST_F(FreshnessTest, ARenewalThatSeemsToLieAheadIsNotShared) {
  *grant_.mutable_renewal()->mutable_last_success_time() = ToTimestamp(kNow + absl::Hours(1));
  EXPECT_FALSE(FreshEnough(grant_, entry_, std::nullopt, kNow));
}

TEST_F(FreshnessTest, AFailureAfterTheSuccessIsNotShared) {
  SucceededAgo(absl::Seconds(1));
  grant_.mutable_renewal()->set_failure_reason("PROVIDER_UNAVAILABLE");
  EXPECT_FALSE(FreshEnough(grant_, entry_, std::nullopt, kNow));
}

TEST_F(FreshnessTest, ATokenYoungerThanTheProvidersMinimumAgeIsFresh) {
  *entry_.mutable_renewal()->mutable_minimum_age() = ToDuration(absl::Hours(24));
  EXPECT_TRUE(FreshEnough(grant_, entry_, std::nullopt, kNow));
  *grant_.mutable_tokens()->mutable_obtain_time() = ToTimestamp(kNow - absl::Hours(24));
  EXPECT_FALSE(FreshEnough(grant_, entry_, std::nullopt, kNow));
}

TEST_F(FreshnessTest, ADeadGrantIsNeverFresh) {
  SucceededAgo(absl::Seconds(1));
  grant_.set_state(v1::GRANT_STATE_REVOKED);
  EXPECT_FALSE(FreshEnough(grant_, entry_, absl::ZeroDuration(), kNow));
}

TEST_F(FreshnessTest, ATokenWithoutExpiryIsUsable) {
  grant_.mutable_tokens()->clear_access_expire_time();
  EXPECT_TRUE(AccessTokenUsable(grant_.tokens(), absl::Hours(1000), kNow));
  grant_.mutable_tokens()->clear_access_token();
  EXPECT_FALSE(AccessTokenUsable(grant_.tokens(), absl::ZeroDuration(), kNow));
}

TEST_F(FreshnessTest, StatesDecideWhetherTheProviderMayBeAsked) {
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow), IsOk());
  grant_.set_state(v1::GRANT_STATE_FAILING);
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow), IsOk());
  grant_.set_state(v1::GRANT_STATE_USER_ACTION_REQUIRED);
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow), IsOk());
  grant_.set_state(v1::GRANT_STATE_AMBIGUOUS);
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  grant_.set_state(v1::GRANT_STATE_REVOKED);
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  grant_.set_state(v1::GRANT_STATE_EXPIRED);
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow), HasReason(v1::ERROR_REASON_GRANT_EXPIRED));
}

TEST_F(FreshnessTest, NothingToRenewIsSaidSo) {
  grant_.mutable_tokens()->clear_refresh_token();
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow),
              HasReason(v1::ERROR_REASON_REFRESH_NOT_SUPPORTED));
  entry_.mutable_renewal()->set_kind(Provider::Renewal::KIND_LIVENESS_CHECK);
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow), IsOk());
  entry_.mutable_renewal()->set_kind(Provider::Renewal::KIND_NONE);
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow),
              HasReason(v1::ERROR_REASON_REFRESH_NOT_SUPPORTED));
}

TEST_F(FreshnessTest, AWaitingTimeBeyondWhatIsEverSetIsAWrongClocks) {
  grant_.mutable_renewal()->set_failure_reason("PROVIDER_RATE_LIMITED");
  *grant_.mutable_renewal()->mutable_next_attempt_time() = ToTimestamp(kNow + absl::Hours(2));
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow), IsOk());
}

TEST_F(FreshnessTest, AWaitingTimeIsKeptAndToldToTheCaller) {
  grant_.mutable_renewal()->set_failure_reason("PROVIDER_RATE_LIMITED");
  *grant_.mutable_renewal()->mutable_next_attempt_time() = ToTimestamp(kNow + absl::Seconds(30));
  absl::Status waiting = CheckRenewable(grant_, entry_, kNow);
  EXPECT_THAT(waiting, HasReason(v1::ERROR_REASON_PROVIDER_RATE_LIMITED));
  EXPECT_EQ(RetryAfterOf(waiting), absl::Seconds(30));
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow + absl::Seconds(30)), IsOk());
}

// It is for renewals that nobody asked for.
TEST_F(FreshnessTest, TheServersOwnBackoffKeepsNoCallerFromAsking) {
  grant_.mutable_renewal()->set_failure_reason("PROVIDER_MISCONFIGURED");
  grant_.mutable_renewal()->set_own_backoff(true);
  *grant_.mutable_renewal()->mutable_next_attempt_time() = ToTimestamp(kNow + absl::Seconds(30));
  EXPECT_THAT(CheckRenewable(grant_, entry_, kNow), IsOk());
}

}  // namespace
}  // namespace evertoken
