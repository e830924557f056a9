#include "server/broker/guarded_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/error.h"
#include "server/broker/call_outcome.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

class GuardedProviderTest : public testing::Test, protected BrokerFixture {
 protected:
  GuardedProviderTest() : binding_(*apps->Bind(*apps->Find("app"), "never")) {}

  absl::Status Redeem() {
    CodeRedemption redemption;
    redemption.code = Secret(kGoodCode);
    auto tokens =
        executor.Await(provider_.RedeemCode(apps->Find("app"), binding_, std::move(redemption)));
    return tokens.status();
  }

  absl::Status Revoke() {
    storage::v1::ProviderTokens tokens;
    tokens.set_access_token("access");
    tokens.set_refresh_token("refresh");
    return executor.Await(provider_.Revoke(apps->Find("app"), binding_, std::move(tokens)))
        .status();
  }

  // A renewal that the guard lets pass, and what it told.
  absl::Status Ask(CallOutcome outcome) {
    auto permit = executor.Await(guard.Admit(*apps->Find("app"), binding_, ProviderCall::kToken,
                                             Priority::kCaller, clock.Now() + absl::Seconds(1)));
    if (permit.ok()) permit->Report(outcome);
    return permit.status();
  }

  void OpenTheCircuit() {
    CallOutcome down;
    down.kind = CallOutcome::Kind::kDown;
    for (int i = 0; i < 10 && Ask(down).ok(); ++i) {
    }
    ASSERT_FALSE(Ask(down).ok());
  }

  const ProviderBinding binding_;
  GuardedProvider provider_{replica->providers.get(), &guard, &clock, absl::Seconds(15)};
};

TEST_F(GuardedProviderTest, CallsThatTheGuardAllowsAreMade) {
  EXPECT_THAT(Redeem(), IsOk());
  EXPECT_THAT(Revoke(), IsOk());
}

TEST_F(GuardedProviderTest, AProviderThatAsksToBeLeftAloneGetsNoCodes) {
  HttpReply throttled = JsonReply(429, "");
  throttled.headers.emplace_back("retry-after", "60");
  http.On(kTokenUrl, throttled);
  EXPECT_THAT(Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_RATE_LIMITED));
  EXPECT_THAT(Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_RATE_LIMITED));
  EXPECT_EQ(http.Requests().size(), 1u);
}

// Anybody can begin a login and bring a code that makes the provider stumble.
TEST_F(GuardedProviderTest, CodesThatFailStopNoRenewals) {
  for (const int status : {500, 503, 401, 400}) {
    http.On(kTokenUrl, JsonReply(status, ""));
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(Redeem().ok());
  }
  EXPECT_THAT(Ask(CallOutcome()), IsOk());
}

TEST_F(GuardedProviderTest, NoCodeIsSpentOnAProviderThatIsKnownToBeDown) {
  OpenTheCircuit();
  EXPECT_THAT(Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  EXPECT_EQ(http.Requests().size(), 0u);
}

// Nobody could end the tokens later.
TEST_F(GuardedProviderTest, RevocationsAreSentWhateverTheGuardSays) {
  OpenTheCircuit();
  EXPECT_THAT(Revoke(), IsOk());
  EXPECT_EQ(http.Requests(kRevokeUrl).size(), 1u);
  // And tell nothing of the token endpoint.
  EXPECT_THAT(Ask(CallOutcome()), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
}

TEST_F(GuardedProviderTest, ARevocationEndpointThatIsDownStopsNothingElse) {
  http.On(kRevokeUrl, JsonReply(500, ""));
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(Revoke().ok());
  EXPECT_THAT(Ask(CallOutcome()), IsOk());
}

}  // namespace
}  // namespace evertoken
