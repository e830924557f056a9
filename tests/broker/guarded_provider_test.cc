#include "server/broker/guarded_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/error.h"
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

  const ProviderBinding binding_;
  GuardedProvider provider_{replica->providers.get(), &guard, &clock, absl::Seconds(15)};
};

TEST_F(GuardedProviderTest, CallsThatTheGuardAllowsAreMade) {
  EXPECT_THAT(Redeem(), IsOk());
  EXPECT_THAT(Revoke(), IsOk());
}

TEST_F(GuardedProviderTest, AProviderThatAsksToBeLeftAloneIsLeftAlone) {
  HttpReply throttled = JsonReply(429, "");
  throttled.headers.emplace_back("retry-after", "60");
  http.On(kTokenUrl, throttled);
  EXPECT_THAT(Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_RATE_LIMITED));
  const size_t asked = http.Requests().size();
  EXPECT_THAT(Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_RATE_LIMITED));
  EXPECT_THAT(Revoke(), HasReason(v1::ERROR_REASON_PROVIDER_RATE_LIMITED));
  EXPECT_EQ(http.Requests().size(), asked);
}

TEST_F(GuardedProviderTest, LoginsAtAProviderThatIsDownOpenTheCircuit) {
  http.On(kTokenUrl, JsonReply(503, ""));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(Redeem().ok());
  const size_t asked = http.Requests().size();
  EXPECT_THAT(Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  EXPECT_EQ(http.Requests().size(), asked);
}

TEST_F(GuardedProviderTest, ARevocationEndpointThatIsDownStopsNothingElse) {
  http.On(kRevokeUrl, JsonReply(500, ""));
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(Revoke().ok());
  EXPECT_THAT(Redeem(), IsOk());
  EXPECT_EQ(http.Requests().size(), 21);
}

}  // namespace
}  // namespace evertoken
