#include "server/broker/expiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/proto_time.h"

namespace evertoken {
namespace {

using config::v1::Provider;

const absl::Time kLogin = absl::FromUnixSeconds(1'700'000'000);
const absl::Time kNow = kLogin + absl::Hours(1);

TEST(RefreshedExpiryTest, IsSixtyDaysWhenNobodySaysLess) {
  EXPECT_EQ(RefreshedExpiry({}, kLogin, absl::InfiniteFuture(), kNow),
            (Expiry{kNow + absl::Hours(60 * 24), v1::EXPIRY_LIMIT_DEFAULT}));
}

TEST(RefreshedExpiryTest, AnAppSettingOf24HoursGives24HoursAndNotSixtyDays) {
  config::v1::App app;
  *app.mutable_refresh_window() = ToDuration(absl::Hours(24));
  EXPECT_EQ(RefreshedExpiry(app, kLogin, absl::InfiniteFuture(), kNow),
            (Expiry{kNow + absl::Hours(24), v1::EXPIRY_LIMIT_APP}));
}

TEST(RefreshedExpiryTest, TheProviderCutsWhatTheAppAllows) {
  config::v1::App app;
  *app.mutable_refresh_window() = ToDuration(absl::Hours(24));
  EXPECT_EQ(RefreshedExpiry(app, kLogin, kNow + absl::Hours(2), kNow),
            (Expiry{kNow + absl::Hours(2), v1::EXPIRY_LIMIT_PROVIDER}));
}

TEST(RefreshedExpiryTest, TheProviderIsNamedWhenItEqualsTheDefault) {
  EXPECT_EQ(RefreshedExpiry({}, kLogin, kNow + kDefaultRefreshWindow, kNow).limit,
            v1::EXPIRY_LIMIT_PROVIDER);
}

TEST(RefreshedExpiryTest, TheAbsoluteLifetimeCountsFromTheLogin) {
  config::v1::App app;
  *app.mutable_absolute_lifetime() = ToDuration(absl::Hours(3));
  EXPECT_EQ(RefreshedExpiry(app, kLogin, absl::InfiniteFuture(), kNow),
            (Expiry{kLogin + absl::Hours(3), v1::EXPIRY_LIMIT_APP}));
}

TEST(InitialExpiryTest, IsFifteenMinutesByDefault) {
  EXPECT_EQ(InitialExpiry({}, kLogin, absl::InfiniteFuture(), kNow),
            (Expiry{kNow + absl::Minutes(15), v1::EXPIRY_LIMIT_DEFAULT}));
}

TEST(InitialExpiryTest, FollowsTheAppsTtlAndTheProvidersEnd) {
  config::v1::App app;
  *app.mutable_access_token_ttl() = ToDuration(absl::Hours(5));
  EXPECT_EQ(InitialExpiry(app, kLogin, absl::InfiniteFuture(), kNow),
            (Expiry{kNow + absl::Hours(5), v1::EXPIRY_LIMIT_APP}));
  EXPECT_EQ(InitialExpiry(app, kLogin, kNow + absl::Hours(1), kNow),
            (Expiry{kNow + absl::Hours(1), v1::EXPIRY_LIMIT_PROVIDER}));
}

class ProviderDeadlineTest : public testing::Test {
 protected:
  ProviderDeadlineTest() {
    *tokens_.mutable_access_expire_time() = ToTimestamp(kNow + absl::Hours(1));
    entry_.mutable_renewal()->set_kind(Provider::Renewal::KIND_REFRESH_TOKEN_GRANT);
  }

  Provider entry_;
  storage::v1::ProviderTokens tokens_;
};

TEST_F(ProviderDeadlineTest, ARefreshTokenWithoutKnownEndSetsNone) {
  tokens_.set_refresh_token("r");
  EXPECT_EQ(ProviderDeadline(entry_, tokens_), absl::InfiniteFuture());
}

TEST_F(ProviderDeadlineTest, ARefreshTokensEndCounts) {
  tokens_.set_refresh_token("r");
  *tokens_.mutable_refresh_expire_time() = ToTimestamp(kNow + absl::Hours(90));
  EXPECT_EQ(ProviderDeadline(entry_, tokens_), kNow + absl::Hours(90));
}

TEST_F(ProviderDeadlineTest, WithoutRefreshTokenTheAccessTokensEndCounts) {
  EXPECT_EQ(ProviderDeadline(entry_, tokens_), kNow + absl::Hours(1));
}

TEST_F(ProviderDeadlineTest, ATokenThatIsExchangedLivesAsLongAsItself) {
  tokens_.set_refresh_token("ignored");
  entry_.mutable_renewal()->set_kind(Provider::Renewal::KIND_EXCHANGE_ACCESS_TOKEN);
  EXPECT_EQ(ProviderDeadline(entry_, tokens_), kNow + absl::Hours(1));
}

TEST(KeepForTest, RemembersAnEndedGrantForADay) {
  EXPECT_EQ(KeepFor(kNow + absl::Hours(2), kNow), absl::Hours(26));
  EXPECT_EQ(KeepFor(kNow - absl::Hours(2), kNow), absl::Hours(24));
}

}  // namespace
}  // namespace evertoken
