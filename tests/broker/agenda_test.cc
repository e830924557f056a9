#include "server/broker/agenda.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/proto_time.h"

namespace evertoken {
namespace {

using config::v1::App;
using config::v1::Provider;
using storage::v1::Grant;

const absl::Time kLogin = absl::FromUnixSeconds(1900000000);
constexpr absl::Duration kDay = absl::Hours(24);

App Proactive() {
  App app;
  app.set_key("app");
  app.set_keep_alive(App::KEEP_ALIVE_MODE_PROACTIVE);
  return app;
}

Provider Rotating() {
  Provider entry;
  entry.mutable_renewal()->set_kind(Provider::Renewal::KIND_REFRESH_TOKEN_GRANT);
  return entry;
}

// As a renewal at kLogin leaves it: tokens for an hour, ours for 60 days.
Grant Renewed() {
  Grant grant;
  grant.set_grant_id("grant");
  grant.set_claimed(true);
  grant.set_state(v1::GRANT_STATE_ACTIVE);
  grant.set_expiry_limit(v1::EXPIRY_LIMIT_DEFAULT);
  *grant.mutable_login_time() = ToTimestamp(kLogin);
  *grant.mutable_expire_time() = ToTimestamp(kLogin + 60 * kDay);
  grant.mutable_tokens()->set_access_token("access");
  grant.mutable_tokens()->set_refresh_token("refresh");
  *grant.mutable_tokens()->mutable_obtain_time() = ToTimestamp(kLogin);
  *grant.mutable_tokens()->mutable_access_expire_time() = ToTimestamp(kLogin + absl::Hours(1));
  *grant.mutable_renewal()->mutable_last_success_time() = ToTimestamp(kLogin);
  return grant;
}

void Fail(Grant* grant, absl::Duration after, int failures) {
  grant->set_state(v1::GRANT_STATE_FAILING);
  grant->mutable_renewal()->set_failure_reason("PROVIDER_UNAVAILABLE");
  grant->mutable_renewal()->set_failures(failures);
  *grant->mutable_renewal()->mutable_last_attempt_time() = ToTimestamp(kLogin + after);
}

struct Situation {
  const char* name;
  std::function<void(App*, Provider*, Grant*)> change;
  // After the login; negative: never. Jitter may bring it forward by 5 %.
  absl::Duration due;
};

constexpr absl::Duration kNever = -absl::Seconds(1);

const Situation kSituations[] = {
    {"AccessTokenEnds", [](App*, Provider*, Grant*) {}, absl::Minutes(45)},
    {"OnDemand",
     [](App* app, Provider*, Grant*) { app->set_keep_alive(App::KEEP_ALIVE_MODE_ON_DEMAND); },
     kNever},
    {"Lazy",
     [](App*, Provider* entry, Grant*) {
       entry->mutable_renewal()->mutable_timing()->set_mode(Provider::Renewal::MODE_LAZY);
     },
     kNever},
    {"MarginOfTheEntry",
     [](App*, Provider* entry, Grant*) {
       *entry->mutable_renewal()->mutable_timing()->mutable_margin() = ToDuration(absl::Minutes(2));
     },
     absl::Minutes(58)},
    {"MarginIsAThirdAtMost",
     [](App*, Provider* entry, Grant*) {
       *entry->mutable_renewal()->mutable_timing()->mutable_margin() =
           ToDuration(absl::Minutes(50));
     },
     absl::Minutes(40)},
    {"MarginIsATenthOfLongLives",
     [](App*, Provider*, Grant* grant) {
       *grant->mutable_tokens()->mutable_access_expire_time() = ToTimestamp(kLogin + 50 * kDay);
     },
     45 * kDay},
    {"ShortLife",
     [](App*, Provider*, Grant* grant) {
       *grant->mutable_tokens()->mutable_access_expire_time() =
           ToTimestamp(kLogin + absl::Seconds(90));
     },
     absl::Seconds(60)},
    {"NoLifeAtAll",
     [](App*, Provider*, Grant* grant) {
       *grant->mutable_tokens()->mutable_access_expire_time() = ToTimestamp(kLogin);
     },
     kShortestInterval},
    {"NoEndKnownButOurs",
     [](App*, Provider*, Grant* grant) { grant->mutable_tokens()->clear_access_expire_time(); },
     54 * kDay},
    {"RefreshTokenEnds",
     [](App*, Provider*, Grant* grant) {
       grant->mutable_tokens()->clear_access_expire_time();
       *grant->mutable_tokens()->mutable_refresh_expire_time() = ToTimestamp(kLogin + 10 * kDay);
     },
     9 * kDay},
    {"EndOfTheRefreshTokenThatCannotMove",
     [](App*, Provider* entry, Grant* grant) {
       entry->mutable_lifetimes()->set_refresh_token_model(Provider::Lifetimes::MODEL_ABSOLUTE);
       grant->mutable_tokens()->clear_access_expire_time();
       *grant->mutable_tokens()->mutable_refresh_expire_time() = ToTimestamp(kLogin + 10 * kDay);
       *grant->mutable_expire_time() = ToTimestamp(kLogin + 10 * kDay);
       grant->set_expiry_limit(v1::EXPIRY_LIMIT_PROVIDER);
     },
     kNever},
    {"OurTokenBeforeItsFirstRefresh",
     [](App*, Provider*, Grant* grant) {
       *grant->mutable_expire_time() = ToTimestamp(kLogin + absl::Minutes(15));
       grant->clear_renewal();
     },
     absl::Minutes(10)},
    {"WindowOfTheApp",
     [](App* app, Provider*, Grant* grant) {
       *app->mutable_refresh_window() = ToDuration(absl::Minutes(30));
       *grant->mutable_expire_time() = ToTimestamp(kLogin + absl::Minutes(30));
     },
     absl::Minutes(20)},
    {"AbsoluteLifetimeCannotMove",
     [](App* app, Provider*, Grant* grant) {
       *app->mutable_absolute_lifetime() = ToDuration(absl::Minutes(30));
       *grant->mutable_expire_time() = ToTimestamp(kLogin + absl::Minutes(30));
       grant->mutable_tokens()->clear_access_expire_time();
     },
     kNever},
    {"KeepAliveInterval",
     [](App*, Provider* entry, Grant*) {
       *entry->mutable_renewal()->mutable_timing()->mutable_keep_alive_interval() =
           ToDuration(absl::Minutes(20));
     },
     absl::Minutes(20)},
    {"MinimumAge",
     [](App*, Provider* entry, Grant*) {
       *entry->mutable_renewal()->mutable_minimum_age() = ToDuration(absl::Minutes(55));
     },
     absl::Minutes(55)},
    {"LivenessCheck",
     [](App*, Provider* entry, Grant* grant) {
       entry->mutable_renewal()->set_kind(Provider::Renewal::KIND_LIVENESS_CHECK);
       grant->mutable_tokens()->clear_refresh_token();
       grant->mutable_tokens()->clear_access_expire_time();
       // Checked ten days after the login.
       *grant->mutable_renewal()->mutable_last_success_time() = ToTimestamp(kLogin + 10 * kDay);
       *grant->mutable_expire_time() = ToTimestamp(kLogin + 70 * kDay);
     },
     64 * kDay},
    {"OnlyWhileAlive",
     [](App*, Provider* entry, Grant* grant) {
       entry->mutable_renewal()->set_kind(Provider::Renewal::KIND_EXCHANGE_ACCESS_TOKEN);
       entry->mutable_renewal()->set_only_while_alive(true);
       grant->mutable_tokens()->clear_refresh_token();
     },
     absl::Minutes(45)},
    {"NothingToRenewWith",
     [](App*, Provider*, Grant* grant) { grant->mutable_tokens()->clear_refresh_token(); }, kNever},
    {"KindNone",
     [](App*, Provider* entry, Grant*) {
       entry->mutable_renewal()->set_kind(Provider::Renewal::KIND_NONE);
     },
     kNever},
    {"Unclaimed", [](App*, Provider*, Grant* grant) { grant->set_claimed(false); }, kNever},
    {"Revoked", [](App*, Provider*, Grant* grant) { grant->set_state(v1::GRANT_STATE_REVOKED); },
     kNever},
    {"Expired", [](App*, Provider*, Grant* grant) { grant->set_state(v1::GRANT_STATE_EXPIRED); },
     kNever},
    {"Ambiguous",
     [](App*, Provider*, Grant* grant) { grant->set_state(v1::GRANT_STATE_AMBIGUOUS); }, kNever},
    {"UserMustAct",
     [](App*, Provider*, Grant* grant) {
       Fail(grant, absl::Minutes(10), 1);
       grant->set_state(v1::GRANT_STATE_USER_ACTION_REQUIRED);
     },
     absl::Minutes(10) + kDay},
    {"FailedAndToldToWait",
     [](App*, Provider*, Grant* grant) {
       Fail(grant, absl::Minutes(10), 3);
       *grant->mutable_renewal()->mutable_next_attempt_time() =
           ToTimestamp(kLogin + absl::Minutes(17));
     },
     absl::Minutes(17)},
};

class AgendaTest : public testing::TestWithParam<Situation> {};

TEST_P(AgendaTest, SaysWhenAGrantIsDue) {
  App app = Proactive();
  Provider entry = Rotating();
  Grant grant = Renewed();
  GetParam().change(&app, &entry, &grant);
  const absl::Duration expected = GetParam().due;
  absl::Time earliest = absl::InfiniteFuture();
  absl::Time latest = absl::InfinitePast();
  for (int i = 0; i < 200; ++i) {
    grant.set_grant_id(absl::StrCat(i));
    const auto due = NextRenewal(app, entry, grant, /*attempt_open=*/false, kLogin);
    ASSERT_EQ(due.has_value(), expected != kNever);
    if (!due.has_value()) continue;
    // The same whenever it is asked for: who comes at that time finds it due.
    EXPECT_EQ(NextRenewal(app, entry, grant, false, *due), due);
    earliest = std::min(earliest, *due);
    latest = std::max(latest, *due);
  }
  if (expected == kNever) return;
  EXPECT_LE(latest, kLogin + expected);
  const absl::Time start = std::max(kLogin, FromTimestamp(grant.renewal().last_success_time()));
  EXPECT_GE(earliest, start + (kLogin + expected - start) * 0.95);
}

INSTANTIATE_TEST_SUITE_P(Situations, AgendaTest, testing::ValuesIn(kSituations),
                         [](const auto& situation) { return std::string(situation.param.name); });

absl::Time DueOf(const Grant& grant, bool attempt_open = false) {
  return NextRenewal(Proactive(), Rotating(), grant, attempt_open, kLogin)
      .value_or(absl::InfinitePast());
}

TEST(AgendaRulesTest, JitterSpreadsOverFivePercentOfTheWait) {
  absl::Time earliest = absl::InfiniteFuture();
  absl::Time latest = absl::InfinitePast();
  Grant grant = Renewed();
  for (int i = 0; i < 1000; ++i) {
    grant.set_grant_id(absl::StrCat("grant-", i));
    earliest = std::min(earliest, DueOf(grant));
    latest = std::max(latest, DueOf(grant));
  }
  const absl::Duration spread = absl::Minutes(45) * 0.05;
  EXPECT_GT(latest - earliest, spread * 0.98);
  EXPECT_LE(latest, kLogin + absl::Minutes(45));
  EXPECT_GE(earliest, kLogin + absl::Minutes(45) - spread);
}

// Nobody revives a token that its app was told to be over.
TEST(AgendaRulesTest, NothingIsDueOnceOurTokenIsOver) {
  const Grant grant = Renewed();
  const absl::Time end = FromTimestamp(grant.expire_time());
  for (bool open : {false, true}) {
    EXPECT_TRUE(NextRenewal(Proactive(), Rotating(), grant, open, end - absl::Seconds(1)));
    EXPECT_FALSE(NextRenewal(Proactive(), Rotating(), grant, open, end));
  }
}

TEST(AgendaRulesTest, NothingIsDueOnceAnExchangeableTokenIsDead) {
  Provider entry = Rotating();
  entry.mutable_renewal()->set_only_while_alive(true);
  const absl::Time end = FromTimestamp(Renewed().tokens().access_expire_time());
  EXPECT_TRUE(NextRenewal(Proactive(), entry, Renewed(), false, end - absl::Seconds(1)));
  EXPECT_FALSE(NextRenewal(Proactive(), entry, Renewed(), false, end));
}

TEST(AgendaRulesTest, OpenAttemptsAreSettledForEveryAppAndEntry) {
  App app = Proactive();
  Provider entry = Rotating();
  app.set_keep_alive(App::KEEP_ALIVE_MODE_ON_DEMAND);
  entry.mutable_renewal()->mutable_timing()->set_mode(Provider::Renewal::MODE_LAZY);
  Grant grant = Renewed();
  EXPECT_EQ(NextRenewal(app, entry, grant, true, kLogin), kLogin);
  Fail(&grant, absl::ZeroDuration(), 1);
  *grant.mutable_renewal()->mutable_next_attempt_time() = ToTimestamp(kLogin + absl::Minutes(1));
  EXPECT_EQ(NextRenewal(app, entry, grant, true, kLogin), kLogin + absl::Minutes(1));
  EXPECT_EQ(NextRenewal(app, entry, grant, false, kLogin), std::nullopt);
  for (v1::GrantState over : {v1::GRANT_STATE_REVOKED, v1::GRANT_STATE_AMBIGUOUS}) {
    grant.set_state(over);
    EXPECT_EQ(NextRenewal(app, entry, grant, true, kLogin), std::nullopt);
  }
}

TEST(AgendaRulesTest, FailuresAreTriedAgainWithGrowingWaits) {
  absl::Duration longest;
  for (const int failures : {1, 4, 100}) {
    absl::Duration most;
    absl::Duration least = absl::InfiniteDuration();
    for (int i = 0; i < 300; ++i) {
      Grant grant = Renewed();
      grant.set_grant_id(absl::StrCat(i));
      Fail(&grant, absl::ZeroDuration(), failures);
      most = std::max(most, DueOf(grant) - kLogin);
      least = std::min(least, DueOf(grant) - kLogin);
    }
    EXPECT_GE(least, absl::Seconds(1));
    // Full jitter: from the least wait on.
    EXPECT_LT(least, absl::Seconds(1) + most / 20);
    EXPECT_GT(most, longest);
    longest = most;
  }
  EXPECT_LE(longest, absl::Minutes(15));
  EXPECT_GT(longest, absl::Minutes(14));
}

// What a provider that is down tells by itself is always the same few seconds.
TEST(AgendaRulesTest, WaitsGrowAlsoWhereCallersAreToldAShortOne) {
  Grant grant = Renewed();
  absl::Duration longest;
  for (int i = 0; i < 100; ++i) {
    grant.set_grant_id(absl::StrCat(i));
    Fail(&grant, absl::ZeroDuration(), 20);
    *grant.mutable_renewal()->mutable_next_attempt_time() = ToTimestamp(kLogin + absl::Seconds(5));
    EXPECT_GE(DueOf(grant), kLogin + absl::Seconds(5));
    longest = std::max(longest, DueOf(grant) - kLogin);
  }
  EXPECT_GT(longest, absl::Minutes(10));
}

TEST(AgendaRulesTest, NoBackoffOutlivesTheGrant) {
  Grant grant = Renewed();
  Fail(&grant, absl::Minutes(20), 30);
  *grant.mutable_expire_time() = ToTimestamp(kLogin + absl::Minutes(30));
  EXPECT_EQ(LongestPutOff(grant, kLogin + absl::Minutes(20)), absl::Minutes(5));
  EXPECT_LE(NextRenewal(Proactive(), Rotating(), grant, false, kLogin + absl::Minutes(20)),
            kLogin + absl::Minutes(25));
  *grant.mutable_tokens()->mutable_refresh_expire_time() = ToTimestamp(kLogin + absl::Minutes(22));
  EXPECT_EQ(LongestPutOff(grant, kLogin + absl::Minutes(20)), absl::Minutes(1));
  EXPECT_EQ(LongestPutOff(grant, kLogin + absl::Minutes(23)), absl::Minutes(3.5));
  EXPECT_EQ(LongestPutOff(grant, kLogin + absl::Minutes(30) - absl::Milliseconds(3)),
            absl::Seconds(1));
  EXPECT_EQ(LongestPutOff(grant, kLogin + absl::Hours(1)), absl::InfiniteDuration());
}

TEST(AgendaRulesTest, OwnBackoffIsWrittenWhereTheProviderNamedNone) {
  Grant grant = Renewed();
  SetOwnBackoff(kLogin, &grant);
  EXPECT_FALSE(grant.renewal().own_backoff()) << "nothing failed";
  Fail(&grant, absl::ZeroDuration(), 2);
  const absl::Time due = DueOf(grant);
  SetOwnBackoff(kLogin, &grant);
  EXPECT_TRUE(grant.renewal().own_backoff());
  EXPECT_EQ(FromTimestamp(grant.renewal().next_attempt_time()), due);
  EXPECT_EQ(DueOf(grant), due);

  Grant told = Renewed();
  Fail(&told, absl::ZeroDuration(), 2);
  *told.mutable_renewal()->mutable_next_attempt_time() = ToTimestamp(kLogin + absl::Hours(1));
  SetOwnBackoff(kLogin, &told);
  EXPECT_FALSE(told.renewal().own_backoff());
  EXPECT_EQ(DueOf(told), kLogin + absl::Hours(1));
}

}  // namespace
}  // namespace evertoken
