// When an app is told that a grant ends soon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "server/base/proto_time.h"
#include "server/broker/agenda.h"

namespace evertoken {
namespace {

using config::v1::App;
using config::v1::Provider;
using storage::v1::Grant;
using testing::Eq;
using testing::Optional;

const absl::Time kLogin = absl::FromUnixSeconds(1900000000);
constexpr absl::Duration kDay = absl::Hours(24);
constexpr absl::Duration kNever = -absl::Seconds(1);

struct Situation {
  const char* name;
  std::function<void(App*, Provider*, Grant*)> change;
  absl::Duration told;  // after the login; negative: never
};

const Situation kSituations[] = {
    {"RenewableWithoutEnd", [](App*, Provider*, Grant*) {}, kNever},
    {"RenewableOnlyWhenAsked",
     [](App* app, Provider*, Grant*) { app->set_keep_alive(App::KEEP_ALIVE_MODE_ON_DEMAND); },
     kNever},
    {"FailingNow",
     [](App*, Provider*, Grant* grant) {
       grant->set_state(v1::GRANT_STATE_FAILING);
       grant->mutable_renewal()->set_failure_reason("PROVIDER_UNAVAILABLE");
     },
     kNever},
    {"NoWayToRenew",
     [](App*, Provider* entry, Grant*) {
       entry->mutable_renewal()->set_kind(Provider::Renewal::KIND_NONE);
     },
     57 * kDay},
    {"NothingToRenewWith",
     [](App*, Provider*, Grant* grant) { grant->mutable_tokens()->clear_refresh_token(); },
     57 * kDay},
    {"ShortLife",
     [](App*, Provider*, Grant* grant) {
       grant->mutable_tokens()->clear_refresh_token();
       *grant->mutable_expire_time() = ToTimestamp(kLogin + absl::Minutes(10));
     },
     absl::Minutes(9)},
    {"LifeSinceTheLastRenewal",
     [](App*, Provider*, Grant* grant) {
       grant->mutable_tokens()->clear_refresh_token();
       *grant->mutable_renewal()->mutable_last_success_time() = ToTimestamp(kLogin + 50 * kDay);
     },
     59 * kDay},
    {"Ambiguous",
     [](App*, Provider*, Grant* grant) { grant->set_state(v1::GRANT_STATE_AMBIGUOUS); }, 57 * kDay},
    {"AbsoluteLifetime",
     [](App* app, Provider*, Grant* grant) {
       *app->mutable_absolute_lifetime() = ToDuration(60 * kDay);
       grant->set_expiry_limit(v1::EXPIRY_LIMIT_APP);
     },
     57 * kDay},
    {"DeadlineOfTheProvider",
     [](App*, Provider* entry, Grant* grant) {
       entry->mutable_lifetimes()->set_refresh_token_model(Provider::Lifetimes::MODEL_ABSOLUTE);
       grant->set_expiry_limit(v1::EXPIRY_LIMIT_PROVIDER);
     },
     57 * kDay},
    {"Unclaimed",
     [](App*, Provider*, Grant* grant) {
       grant->mutable_tokens()->clear_refresh_token();
       grant->set_claimed(false);
     },
     kNever},
    {"Revoked", [](App*, Provider*, Grant* grant) { grant->set_state(v1::GRANT_STATE_REVOKED); },
     kNever},
    {"Expired", [](App*, Provider*, Grant* grant) { grant->set_state(v1::GRANT_STATE_EXPIRED); },
     kNever},
    {"Told",
     [](App*, Provider*, Grant* grant) {
       grant->mutable_tokens()->clear_refresh_token();
       *grant->mutable_announced_expire_time() = grant->expire_time();
     },
     kNever},
    {"ToldOfAnotherEnd",
     [](App*, Provider*, Grant* grant) {
       grant->mutable_tokens()->clear_refresh_token();
       *grant->mutable_announced_expire_time() = ToTimestamp(kLogin + 3 * kDay);
     },
     57 * kDay},
};

class AnnouncementTest : public testing::Test {
 protected:
  AnnouncementTest() {
    app_.set_key("app");
    app_.set_keep_alive(App::KEEP_ALIVE_MODE_PROACTIVE);
    entry_.mutable_renewal()->set_kind(Provider::Renewal::KIND_REFRESH_TOKEN_GRANT);
    grant_.set_grant_id("grant");
    grant_.set_claimed(true);
    grant_.set_state(v1::GRANT_STATE_ACTIVE);
    grant_.set_expiry_limit(v1::EXPIRY_LIMIT_DEFAULT);
    *grant_.mutable_login_time() = ToTimestamp(kLogin);
    *grant_.mutable_expire_time() = ToTimestamp(kLogin + 60 * kDay);
    grant_.mutable_tokens()->set_refresh_token("refresh");
    *grant_.mutable_tokens()->mutable_obtain_time() = ToTimestamp(kLogin);
  }

  App app_;
  Provider entry_;
  Grant grant_;
};

class AnnouncementTableTest : public AnnouncementTest,
                              public testing::WithParamInterface<Situation> {};

TEST_P(AnnouncementTableTest, IsMadeInTime) {
  GetParam().change(&app_, &entry_, &grant_);
  const std::optional<absl::Time> told = NextAnnouncement(app_, entry_, grant_, kLogin);
  if (GetParam().told < absl::ZeroDuration()) {
    EXPECT_THAT(told, Eq(std::nullopt));
  } else {
    EXPECT_THAT(told, Optional(kLogin + GetParam().told));
  }
}

INSTANTIATE_TEST_SUITE_P(All, AnnouncementTableTest, testing::ValuesIn(kSituations),
                         [](const auto& it) { return std::string(it.param.name); });

TEST_F(AnnouncementTest, AnEndThatHasPassedIsNoNews) {
  grant_.mutable_tokens()->clear_refresh_token();
  EXPECT_TRUE(NextAnnouncement(app_, entry_, grant_, kLogin + 59 * kDay).has_value());
  EXPECT_THAT(NextAnnouncement(app_, entry_, grant_, kLogin + 60 * kDay), Eq(std::nullopt));
}

TEST_F(AnnouncementTest, AVisitIsDueForTheEarlierReason) {
  *app_.mutable_absolute_lifetime() = ToDuration(60 * kDay);
  const absl::Time announcement = kLogin + 57 * kDay;
  EXPECT_THAT(NextVisit(app_, entry_, grant_, false, kLogin), Optional(announcement));
  *grant_.mutable_tokens()->mutable_access_expire_time() = ToTimestamp(kLogin + absl::Hours(1));
  const std::optional<absl::Time> renewal = NextRenewal(app_, entry_, grant_, false, kLogin);
  ASSERT_LT(*renewal, announcement);
  EXPECT_EQ(NextVisit(app_, entry_, grant_, false, kLogin), renewal);
  *app_.mutable_absolute_lifetime() = ToDuration(600 * kDay);
  EXPECT_EQ(NextVisit(app_, entry_, grant_, false, kLogin), renewal);
  app_.set_keep_alive(App::KEEP_ALIVE_MODE_ON_DEMAND);
  EXPECT_THAT(NextVisit(app_, entry_, grant_, false, kLogin), Eq(std::nullopt));
}

TEST_F(AnnouncementTest, AnEndIsToldToAppsThatLetUsRenew) {
  EXPECT_THAT(NextEndNotice(app_, grant_), Optional(kLogin + 60 * kDay + kAfterTheEnd));
  app_.set_keep_alive(App::KEEP_ALIVE_MODE_ON_DEMAND);
  EXPECT_THAT(NextEndNotice(app_, grant_), Eq(std::nullopt));
}

TEST_F(AnnouncementTest, AnAnnouncedEndIsToldToEveryApp) {
  app_.set_keep_alive(App::KEEP_ALIVE_MODE_ON_DEMAND);
  *grant_.mutable_announced_expire_time() = ToTimestamp(kLogin + 59 * kDay);
  EXPECT_THAT(NextEndNotice(app_, grant_), Eq(std::nullopt));
  *grant_.mutable_announced_expire_time() = grant_.expire_time();
  EXPECT_THAT(NextEndNotice(app_, grant_), Optional(kLogin + 60 * kDay + kAfterTheEnd));
  EXPECT_THAT(NextVisit(app_, entry_, grant_, false, kLogin),
              Optional(kLogin + 60 * kDay + kAfterTheEnd));
}

TEST_F(AnnouncementTest, AnEndIsToldOnce) {
  *grant_.mutable_told_expire_time() = ToTimestamp(kLogin + 59 * kDay);
  EXPECT_TRUE(NextEndNotice(app_, grant_).has_value());
  *grant_.mutable_told_expire_time() = grant_.expire_time();
  EXPECT_THAT(NextEndNotice(app_, grant_), Eq(std::nullopt));
}

TEST_F(AnnouncementTest, NobodyIsToldOfTheEndOfWhatIsOverAlready) {
  for (const v1::GrantState state : {v1::GRANT_STATE_REVOKED, v1::GRANT_STATE_EXPIRED}) {
    grant_.set_state(state);
    EXPECT_THAT(NextEndNotice(app_, grant_), Eq(std::nullopt));
  }
  grant_.set_state(v1::GRANT_STATE_ACTIVE);
  grant_.set_claimed(false);
  EXPECT_THAT(NextEndNotice(app_, grant_), Eq(std::nullopt));
}

TEST_F(AnnouncementTest, WhatIsOpenIsSettledBeforeAnythingIsTold) {
  *grant_.mutable_announced_expire_time() = grant_.expire_time();
  EXPECT_THAT(NextVisit(app_, entry_, grant_, /*attempt_open=*/true, kLogin + 60 * kDay),
              Optional(kLogin + 60 * kDay + kAfterTheEnd));
  EXPECT_THAT(NextVisit(app_, entry_, grant_, /*attempt_open=*/true, kLogin), Optional(kLogin));
}

}  // namespace
}  // namespace evertoken
