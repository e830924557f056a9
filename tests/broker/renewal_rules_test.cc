#include "server/broker/renewal_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using config::v1::Provider;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

Provider EntryWith(Provider::Renewal::LostResponsePolicy policy) {
  Provider entry;
  entry.mutable_renewal()->set_kind(Provider::Renewal::KIND_REFRESH_TOKEN_GRANT);
  entry.mutable_renewal()->set_lost_response_policy(policy);
  *entry.mutable_renewal()->mutable_reuse_grace() = ToDuration(absl::Seconds(30));
  return entry;
}

TEST(AfterLostAnswerTest, AHarmlessTokenIsPresentedAgainAtAnyTime) {
  const Provider entry = EntryWith(Provider::Renewal::LOST_RESPONSE_POLICY_RETRY);
  EXPECT_EQ(AfterLostAnswer(entry, absl::Hours(100), 50), LostAnswer::kPresentAgain);
}

TEST(AfterLostAnswerTest, TheFirstHalfOfTheGraceCountsFromTheFirstPresentation) {
  const Provider entry = EntryWith(Provider::Renewal::LOST_RESPONSE_POLICY_RETRY_WITHIN_GRACE);
  EXPECT_EQ(AfterLostAnswer(entry, absl::Seconds(14), 3), LostAnswer::kPresentAgain);
  EXPECT_EQ(AfterLostAnswer(entry, absl::Seconds(15), 1), LostAnswer::kAmbiguous);
}

TEST(CallTimeoutTest, AGraceLeavesTimeToAskAgain) {
  Provider entry = EntryWith(Provider::Renewal::LOST_RESPONSE_POLICY_RETRY_WITHIN_GRACE);
  EXPECT_EQ(CallTimeout(entry, absl::Seconds(15)), absl::Milliseconds(7500));
  EXPECT_EQ(CallTimeout(entry, absl::Seconds(5)), absl::Seconds(5));
  *entry.mutable_renewal()->mutable_reuse_grace() = ToDuration(absl::Seconds(4));
  EXPECT_EQ(CallTimeout(entry, absl::Seconds(15)), absl::Seconds(2));
  EXPECT_EQ(CallTimeout(EntryWith(Provider::Renewal::LOST_RESPONSE_POLICY_NEVER_RETRY),
                        absl::Seconds(15)),
            absl::Seconds(15));
}

TEST(RefusalProvesTheEndTest, OnlyWhereTokensAreNeverReplaced) {
  Provider entry = EntryWith(Provider::Renewal::LOST_RESPONSE_POLICY_RETRY);
  EXPECT_FALSE(RefusalProvesTheEnd(entry));
  entry.mutable_renewal()->set_rotation(Provider::Renewal::ROTATION_NONE);
  EXPECT_TRUE(RefusalProvesTheEnd(entry));
  entry.mutable_renewal()->set_lost_response_policy(
      Provider::Renewal::LOST_RESPONSE_POLICY_NEVER_RETRY);
  EXPECT_FALSE(RefusalProvesTheEnd(entry));
}

storage::v1::Grant OfGeneration(int64_t generation) {
  storage::v1::Grant grant;
  grant.set_state(v1::GRANT_STATE_ACTIVE);
  grant.mutable_tokens()->set_generation(generation);
  return grant;
}

TEST(PlaceForTest, TokensNeverReplaceThoseOfTheirOwnOrALaterGeneration) {
  const storage::v1::Grant renewed = OfGeneration(5);
  EXPECT_EQ(PlaceFor(renewed, OfGeneration(4)), SlotPlace::kWaiting);
  EXPECT_EQ(PlaceFor(renewed, OfGeneration(2)), SlotPlace::kWaiting);
  EXPECT_EQ(PlaceFor(renewed, OfGeneration(5)), SlotPlace::kTaken);
  EXPECT_EQ(PlaceFor(renewed, OfGeneration(6)), SlotPlace::kTaken);
}

TEST(PlaceForTest, WhatTheAppEndedStaysEnded) {
  storage::v1::Grant ended = OfGeneration(4);
  ApplyFailure(MakeError(v1::ERROR_REASON_GRANT_REVOKED, ""), absl::UnixEpoch(), &ended);
  // A provider that refused the token which the new ones replaced has proven nothing about the new ones.
  EXPECT_EQ(PlaceFor(OfGeneration(5), ended), SlotPlace::kWaiting);
  ended.set_ended_by_app(true);
  EXPECT_EQ(PlaceFor(OfGeneration(5), ended), SlotPlace::kEnded);
}

TEST(IsMissingTest, AnEndByTheAppIsNeverForgotten) {
  storage::v1::Grant ended = OfGeneration(4);
  ended.set_ended_by_app(true);
  EXPECT_TRUE(IsMissing(ended, OfGeneration(4)));
  EXPECT_TRUE(IsMissing(ended, OfGeneration(9)));
  EXPECT_FALSE(IsMissing(ended, ended));
  EXPECT_FALSE(IsMissing(OfGeneration(5), ended));
}

TEST(AfterLostAnswerTest, OnceMeansOnce) {
  const Provider entry = EntryWith(Provider::Renewal::LOST_RESPONSE_POLICY_RETRY_ONCE);
  EXPECT_EQ(AfterLostAnswer(entry, absl::ZeroDuration(), 1), LostAnswer::kPresentAgain);
  EXPECT_EQ(AfterLostAnswer(entry, absl::ZeroDuration(), 2), LostAnswer::kAmbiguous);
}

TEST(AfterLostAnswerTest, NeverAndUnknownMeanNever) {
  EXPECT_EQ(AfterLostAnswer(EntryWith(Provider::Renewal::LOST_RESPONSE_POLICY_NEVER_RETRY),
                            absl::ZeroDuration(), 1),
            LostAnswer::kAmbiguous);
  EXPECT_EQ(AfterLostAnswer(EntryWith(Provider::Renewal::LOST_RESPONSE_POLICY_UNSPECIFIED),
                            absl::ZeroDuration(), 1),
            LostAnswer::kAmbiguous);
}

TEST(AfterLostAnswerTest, ALivenessCheckSpendsNothing) {
  Provider entry;
  entry.mutable_renewal()->set_kind(Provider::Renewal::KIND_LIVENESS_CHECK);
  EXPECT_EQ(AfterLostAnswer(entry, absl::Hours(1), 9), LostAnswer::kPresentAgain);
}

storage::v1::Grant AliveGrant() {
  storage::v1::Grant grant;
  grant.set_state(v1::GRANT_STATE_ACTIVE);
  grant.mutable_tokens()->set_access_token("a");
  grant.mutable_tokens()->set_refresh_token("r");
  *grant.mutable_login_time() = ToTimestamp(kNow - absl::Hours(1));
  return grant;
}

struct FailureCase {
  ErrorReason reason;
  v1::GrantState state;
  bool keeps_tokens;
};

class ApplyFailureTest : public testing::TestWithParam<FailureCase> {};

// Rule 6: dead means proven dead.
INSTANTIATE_TEST_SUITE_P(
    Reasons, ApplyFailureTest,
    testing::Values(
        FailureCase{v1::ERROR_REASON_GRANT_REVOKED, v1::GRANT_STATE_REVOKED, false},
        FailureCase{v1::ERROR_REASON_GRANT_EXPIRED, v1::GRANT_STATE_EXPIRED, false},
        FailureCase{v1::ERROR_REASON_REFRESH_AMBIGUOUS, v1::GRANT_STATE_AMBIGUOUS, true},
        FailureCase{v1::ERROR_REASON_USER_ACTION_REQUIRED, v1::GRANT_STATE_USER_ACTION_REQUIRED,
                    true},
        FailureCase{v1::ERROR_REASON_PROVIDER_UNAVAILABLE, v1::GRANT_STATE_FAILING, true},
        FailureCase{v1::ERROR_REASON_PROVIDER_RATE_LIMITED, v1::GRANT_STATE_FAILING, true},
        FailureCase{v1::ERROR_REASON_PROVIDER_MISCONFIGURED, v1::GRANT_STATE_FAILING, true},
        FailureCase{v1::ERROR_REASON_PROVIDER_REPLY_INVALID, v1::GRANT_STATE_FAILING, true},
        FailureCase{v1::ERROR_REASON_INTERNAL, v1::GRANT_STATE_FAILING, true}),
    [](const auto& test) { return ReasonName(test.param.reason); });

TEST_P(ApplyFailureTest, OnlyATerminalReasonEndsTheGrant) {
  storage::v1::Grant grant = AliveGrant();
  ApplyFailure(MakeError(GetParam().reason, ""), kNow, &grant);
  EXPECT_EQ(grant.state(), GetParam().state);
  EXPECT_EQ(grant.tokens().refresh_token() == "r", GetParam().keeps_tokens);
  EXPECT_EQ(grant.renewal().failure_reason(), ReasonName(GetParam().reason));
}

TEST(ApplyFailureHistoryTest, TheRowOfFailuresRemembersItsBeginning) {
  storage::v1::Grant grant = AliveGrant();
  absl::Status down =
      WithRetryAfter(MakeError(v1::ERROR_REASON_PROVIDER_UNAVAILABLE, ""), absl::Seconds(7));
  ApplyFailure(down, kNow, &grant);
  ApplyFailure(down, kNow + absl::Minutes(1), &grant);
  EXPECT_EQ(FromTimestamp(grant.renewal().first_failure_time()), kNow);
  EXPECT_EQ(FromTimestamp(grant.renewal().last_attempt_time()), kNow + absl::Minutes(1));
  EXPECT_EQ(FromTimestamp(grant.renewal().next_attempt_time()),
            kNow + absl::Minutes(1) + absl::Seconds(7));
  EXPECT_EQ(grant.renewal().failures(), 2);
}

TEST(ApplyTokensTest, ASuccessCleansTheHistoryAndExtendsTheLife) {
  storage::v1::Grant grant = AliveGrant();
  ApplyFailure(MakeError(v1::ERROR_REASON_PROVIDER_UNAVAILABLE, ""), kNow - absl::Minutes(1),
               &grant);
  storage::v1::ProviderTokens tokens;
  tokens.set_access_token("new");
  tokens.set_refresh_token("new-r");
  ApplyTokens({}, EntryWith(Provider::Renewal::LOST_RESPONSE_POLICY_RETRY), tokens, kNow, &grant);
  EXPECT_EQ(grant.state(), v1::GRANT_STATE_ACTIVE);
  EXPECT_EQ(grant.tokens().access_token(), "new");
  EXPECT_EQ(FromTimestamp(grant.expire_time()), kNow + absl::Hours(60 * 24));
  EXPECT_EQ(grant.renewal().failure_reason(), "");
  EXPECT_EQ(grant.renewal().failures(), 0);
  EXPECT_FALSE(grant.renewal().has_first_failure_time());
  EXPECT_EQ(FromTimestamp(grant.renewal().last_success_time()), kNow);
}

TEST(RecordedFailureTest, SharesTheReasonAndTheWaitWithThoseWhoWaited) {
  storage::v1::Grant grant = AliveGrant();
  EXPECT_THAT(RecordedFailure(grant, kNow), IsOk());
  ApplyFailure(
      WithRetryAfter(MakeError(v1::ERROR_REASON_PROVIDER_RATE_LIMITED, ""), absl::Seconds(9)), kNow,
      &grant);
  EXPECT_THAT(RecordedFailure(grant, kNow), HasReason(v1::ERROR_REASON_PROVIDER_RATE_LIMITED));
  EXPECT_EQ(RetryAfterOf(RecordedFailure(grant, kNow)), absl::Seconds(9));
}

TEST(RecordedFailureTest, NobodyIsToldToWaitForTheServersOwnBackoff) {
  storage::v1::Grant grant = AliveGrant();
  ApplyFailure(MakeError(v1::ERROR_REASON_PROVIDER_MISCONFIGURED, ""), kNow, &grant);
  *grant.mutable_renewal()->mutable_next_attempt_time() = ToTimestamp(kNow + absl::Minutes(1));
  grant.mutable_renewal()->set_own_backoff(true);
  EXPECT_EQ(RetryAfterOf(RecordedFailure(grant, kNow)), std::nullopt);
  // The next failure is another one.
  ApplyFailure(
      WithRetryAfter(MakeError(v1::ERROR_REASON_PROVIDER_RATE_LIMITED, ""), absl::Seconds(9)), kNow,
      &grant);
  EXPECT_FALSE(grant.renewal().own_backoff());
}

}  // namespace
}  // namespace evertoken
