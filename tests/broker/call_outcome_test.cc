#include "server/broker/call_outcome.h"

#include "gtest/gtest.h"
#include "server/base/error.h"

namespace evertoken {
namespace {

using Kind = CallOutcome::Kind;

Kind KindOf(ErrorReason reason) { return OutcomeOf(MakeError(reason, "x")).kind; }

TEST(CallOutcomeTest, ARefusalOfTheGrantProvesThatTheProviderWorks) {
  EXPECT_EQ(OutcomeOf(absl::OkStatus()).kind, Kind::kWorks);
  for (const ErrorReason reason :
       {v1::ERROR_REASON_GRANT_REVOKED, v1::ERROR_REASON_GRANT_EXPIRED,
        v1::ERROR_REASON_USER_ACTION_REQUIRED, v1::ERROR_REASON_SCOPE_MISSING,
        v1::ERROR_REASON_CREDENTIAL_REJECTED, v1::ERROR_REASON_PROVIDER_REPLY_INVALID}) {
    EXPECT_EQ(KindOf(reason), Kind::kWorks) << ReasonName(reason);
  }
}

TEST(CallOutcomeTest, TellsDownThrottledAndRefusedApart) {
  EXPECT_EQ(KindOf(v1::ERROR_REASON_PROVIDER_UNAVAILABLE), Kind::kDown);
  EXPECT_EQ(KindOf(v1::ERROR_REASON_PROVIDER_RATE_LIMITED), Kind::kThrottled);
  EXPECT_EQ(KindOf(v1::ERROR_REASON_PROVIDER_MISCONFIGURED), Kind::kClientRefused);
}

TEST(CallOutcomeTest, WhatIsNotTheProvidersDoingTellsNothing) {
  for (const ErrorReason reason :
       {v1::ERROR_REASON_STORE_UNAVAILABLE, v1::ERROR_REASON_SERVER_OVERLOADED,
        v1::ERROR_REASON_REFRESH_NOT_SUPPORTED, v1::ERROR_REASON_INTERNAL}) {
    EXPECT_EQ(KindOf(reason), Kind::kNothingLearnt) << ReasonName(reason);
  }
  EXPECT_EQ(OutcomeOf(absl::CancelledError("x")).kind, Kind::kNothingLearnt);
}

TEST(CallOutcomeTest, OnlyAThrottledStatusCarriesThePauseOfEverybody) {
  const auto after = [](ErrorReason reason) {
    return OutcomeOf(WithRetryAfter(MakeError(reason, "x"), absl::Seconds(30))).pause;
  };
  EXPECT_EQ(after(v1::ERROR_REASON_PROVIDER_RATE_LIMITED), absl::Seconds(30));
  // Its wait is our own guess, for this grant: one timeout must not stop all others.
  EXPECT_EQ(after(v1::ERROR_REASON_PROVIDER_UNAVAILABLE), absl::ZeroDuration());
}

TEST(CallOutcomeTest, AReplysOwnPauseGoesFirst) {
  RenewalResult renewal;
  renewal.outcome = SpendOutcome::kAnswered;
  renewal.tokens =
      WithRetryAfter(MakeError(v1::ERROR_REASON_PROVIDER_RATE_LIMITED, "x"), absl::Seconds(30));
  EXPECT_EQ(OutcomeOf(renewal).pause, absl::Seconds(30));
  renewal.pause = absl::Seconds(7);
  EXPECT_EQ(OutcomeOf(renewal).pause, absl::Seconds(7));
  ProfileResult profile;
  profile.pause = absl::Seconds(9);
  EXPECT_EQ(OutcomeOf(profile), (CallOutcome{Kind::kWorks, absl::Seconds(9)}));
}

TEST(CallOutcomeTest, ATokenThatWasNotSentProvesNothing) {
  RenewalResult result;
  result.outcome = SpendOutcome::kNotSent;
  result.tokens = storage::v1::ProviderTokens();
  EXPECT_EQ(OutcomeOf(result).kind, Kind::kNothingLearnt);
  result.tokens = MakeError(v1::ERROR_REASON_GRANT_EXPIRED, "x");
  EXPECT_EQ(OutcomeOf(result).kind, Kind::kNothingLearnt);
  // No connection: nothing was sent either, but that is the provider's doing.
  result.tokens = MakeError(v1::ERROR_REASON_PROVIDER_UNAVAILABLE, "x");
  EXPECT_EQ(OutcomeOf(result).kind, Kind::kDown);
}

}  // namespace
}  // namespace evertoken
