#include "server/broker/grant_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/renewal_rules.h"

namespace evertoken {
namespace {

using storage::v1::Grant;
using storage::v1::GrantEvent;
using testing::ElementsAre;
using testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

Grant NewGrant() {
  Grant grant;
  grant.set_grant_id("grant-1");
  grant.set_app("shop");
  grant.set_provider("idp");
  grant.set_subject("user-1");
  grant.set_claimed(true);
  grant.set_state(v1::GRANT_STATE_ACTIVE);
  *grant.mutable_login_time() = ToTimestamp(kStart);
  grant.mutable_tokens()->set_refresh_token("refresh-0");
  return grant;
}

// "RENEWED", "FAILING PROVIDER_UNAVAILABLE" …
std::vector<std::string> Told(const Grant& before, const Grant& after) {
  constexpr int kPrefix = sizeof("GRANT_EVENT_TYPE_") - 1;
  std::vector<std::string> told;
  for (const GrantEvent& event : EventsBetween(before, after, kStart)) {
    std::string line = v1::GrantEventType_Name(event.type()).substr(kPrefix);
    if (!event.failure_reason().empty()) line += " " + event.failure_reason();
    told.push_back(line);
  }
  return told;
}

Grant Renewed(Grant grant, absl::Time now = kStart) {
  storage::v1::ProviderTokens tokens;
  tokens.set_refresh_token("refresh-n");
  tokens.set_generation(grant.tokens().generation());
  *grant.mutable_tokens() = tokens;
  ApplyTokens(config::v1::App(), config::v1::Provider(), grant.tokens(), now, &grant);
  return grant;
}

Grant Failed(Grant grant, ErrorReason reason, absl::Time now = kStart) {
  ApplyFailure(MakeError(reason, ""), now, &grant);
  return grant;
}

TEST(EventsBetweenTest, ALoginIsNoEvent) {
  Grant unclaimed = NewGrant();
  unclaimed.set_claimed(false);
  EXPECT_THAT(Told(Grant(), unclaimed), IsEmpty());
  EXPECT_THAT(Told(unclaimed, NewGrant()), IsEmpty());
  // What nobody could be told of before.
  unclaimed.set_state(v1::GRANT_STATE_USER_ACTION_REQUIRED);
  Grant claimed = unclaimed;
  claimed.set_claimed(true);
  EXPECT_THAT(Told(unclaimed, claimed), testing::SizeIs(1));
  EXPECT_THAT(Told(Grant(), NewGrant()), IsEmpty());
}

TEST(EventsBetweenTest, WhatNobodyWasGivenHasNoEvents) {
  Grant unclaimed = NewGrant();
  unclaimed.set_claimed(false);
  EXPECT_THAT(Told(unclaimed, Renewed(unclaimed)), IsEmpty());
  EXPECT_THAT(Told(unclaimed, Failed(unclaimed, v1::ERROR_REASON_GRANT_REVOKED)), IsEmpty());
}

TEST(EventsBetweenTest, AProfileIsNoEvent) {
  Grant after = NewGrant();
  after.mutable_profile()->set_subject("user-1");
  EXPECT_THAT(Told(NewGrant(), after), IsEmpty());
  const Grant failing = Failed(NewGrant(), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  after = failing;
  after.mutable_profile()->set_subject("user-1");
  EXPECT_THAT(Told(failing, after), IsEmpty());
}

TEST(EventsBetweenTest, ARenewalIsToldOnce) {
  const Grant renewed = Renewed(NewGrant());
  EXPECT_THAT(Told(NewGrant(), renewed), ElementsAre("RENEWED"));
  // The same result offered again, over the record that holds it.
  Grant again = renewed;
  ApplyRenewed(renewed, &again);
  EXPECT_THAT(Told(renewed, again), IsEmpty());
  EXPECT_THAT(Told(renewed, Renewed(renewed)), ElementsAre("RENEWED"));
}

TEST(EventsBetweenTest, AResultWhoseSlotWasForgottenIsToldAgain) {
  EXPECT_THAT(Told(Grant(), Renewed(NewGrant())), ElementsAre("RENEWED"));
}

TEST(EventsBetweenTest, ARowOfFailuresIsToldAtItsStartAndWhenTheReasonChanges) {
  const Grant first = Failed(NewGrant(), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  EXPECT_THAT(Told(NewGrant(), first), ElementsAre("FAILING PROVIDER_UNAVAILABLE"));
  const Grant second = Failed(first, v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  EXPECT_THAT(Told(first, second), IsEmpty());
  const Grant third = Failed(second, v1::ERROR_REASON_PROVIDER_MISCONFIGURED);
  EXPECT_THAT(Told(second, third), ElementsAre("FAILING PROVIDER_MISCONFIGURED"));
  const Grant renewed = Renewed(third);
  EXPECT_THAT(Told(third, renewed), ElementsAre("RENEWED"));
  EXPECT_THAT(Told(renewed, Failed(renewed, v1::ERROR_REASON_PROVIDER_MISCONFIGURED)),
              ElementsAre("FAILING PROVIDER_MISCONFIGURED"));
}

TEST(EventsBetweenTest, TokensThatWereTakenBackAreTold) {
  const Grant before = NewGrant();
  const Grant renewed = Renewed(before);
  Grant withdrawn = renewed;
  WithdrawTokens(before, MakeError(v1::ERROR_REASON_PROVIDER_REPLY_INVALID, ""), kStart,
                 &withdrawn);
  EXPECT_THAT(Told(renewed, withdrawn), ElementsAre("FAILING PROVIDER_REPLY_INVALID"));
  EXPECT_THAT(Told(before, withdrawn), ElementsAre("RENEWED", "FAILING PROVIDER_REPLY_INVALID"));
}

TEST(EventsBetweenTest, EachEndIsToldOnce) {
  const struct {
    ErrorReason reason;
    const char* told;
  } kCases[] = {
      {v1::ERROR_REASON_GRANT_REVOKED, "REVOKED GRANT_REVOKED"},
      {v1::ERROR_REASON_GRANT_EXPIRED, "EXPIRED GRANT_EXPIRED"},
      {v1::ERROR_REASON_USER_ACTION_REQUIRED, "USER_ACTION_REQUIRED USER_ACTION_REQUIRED"},
      {v1::ERROR_REASON_REFRESH_AMBIGUOUS, "USER_ACTION_REQUIRED REFRESH_AMBIGUOUS"},
  };
  const Grant failing = Failed(NewGrant(), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  for (const auto& c : kCases) {
    const Grant ended = Failed(NewGrant(), c.reason);
    EXPECT_THAT(Told(NewGrant(), ended), ElementsAre(c.told));
    EXPECT_THAT(Told(failing, Failed(failing, c.reason)), ElementsAre(c.told));
    EXPECT_THAT(Told(ended, Failed(ended, c.reason)), IsEmpty());
  }
}

TEST(EventsBetweenTest, AUserWhoMustActIsNotToldOfTroublesThatPass) {
  const Grant waiting = Failed(NewGrant(), v1::ERROR_REASON_USER_ACTION_REQUIRED);
  const Grant down = Failed(waiting, v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  EXPECT_THAT(Told(waiting, down), IsEmpty());
  EXPECT_THAT(Told(down, Failed(down, v1::ERROR_REASON_REFRESH_AMBIGUOUS)),
              ElementsAre("USER_ACTION_REQUIRED REFRESH_AMBIGUOUS"));
}

TEST(EventsBetweenTest, ARevocationByTheAppIsToldOnceAlsoWhenItIsPutBack) {
  Grant revoked = Failed(NewGrant(), v1::ERROR_REASON_GRANT_REVOKED);
  revoked.set_ended_by_app(true);
  EXPECT_THAT(Told(NewGrant(), revoked), ElementsAre("REVOKED GRANT_REVOKED"));
  Grant by_provider = revoked;
  by_provider.set_ended_by_app(false);
  EXPECT_THAT(Told(by_provider, revoked), IsEmpty());
}

TEST(EventsBetweenTest, AnEndThatIsMarkedIsToldOnce) {
  const Grant before = NewGrant();
  Grant marked = before;
  *marked.mutable_expire_time() = ToTimestamp(kStart + absl::Hours(72));
  *marked.mutable_announced_expire_time() = marked.expire_time();
  EXPECT_THAT(Told(before, marked), ElementsAre("EXPIRING_SOON"));
  EXPECT_THAT(Told(marked, marked), IsEmpty());
  EXPECT_THAT(Told(marked, Renewed(marked)), ElementsAre("RENEWED"));
  Grant again = marked;
  *again.mutable_expire_time() = ToTimestamp(kStart + absl::Hours(99));
  *again.mutable_announced_expire_time() = again.expire_time();
  EXPECT_THAT(Told(marked, again), ElementsAre("EXPIRING_SOON"));
}

// A record that is put back brings the marks of ends that have moved since.
TEST(EventsBetweenTest, AnEndThatMovedIsNoNews) {
  Grant back = Renewed(NewGrant());
  *back.mutable_expire_time() = ToTimestamp(kStart + absl::Hours(99));
  *back.mutable_announced_expire_time() = ToTimestamp(kStart + absl::Hours(72));
  *back.mutable_told_expire_time() = ToTimestamp(kStart + absl::Hours(72));
  EXPECT_THAT(Told(Grant(), back), ElementsAre("RENEWED"));
}

TEST(EventsBetweenTest, AnEndThatHasPassedIsToldOnce) {
  const Grant before = NewGrant();
  Grant told = before;
  *told.mutable_expire_time() = ToTimestamp(kStart + absl::Hours(72));
  *told.mutable_told_expire_time() = told.expire_time();
  EXPECT_THAT(Told(before, told), ElementsAre("EXPIRED TOKEN_EXPIRED"));
  EXPECT_THAT(Told(told, told), IsEmpty());
}

TEST(EventsBetweenTest, AGrantThatComesBackIsTold) {
  const Grant ended = Failed(NewGrant(), v1::ERROR_REASON_GRANT_REVOKED);
  EXPECT_THAT(Told(ended, Renewed(ended)), ElementsAre("RENEWED"));
}

TEST(EventsBetweenTest, AnEventSaysWhoseItIsAndWhenItHappenedAndNoSecret) {
  const absl::Time renewed_at = kStart - absl::Hours(24);
  const std::vector<GrantEvent> renewed =
      EventsBetween(NewGrant(), Renewed(NewGrant(), renewed_at), kStart);
  ASSERT_EQ(renewed.size(), 1u);
  EXPECT_EQ(renewed[0].grant_id(), "grant-1");
  EXPECT_EQ(renewed[0].provider(), "idp");
  EXPECT_EQ(renewed[0].subject(), "user-1");
  EXPECT_EQ(FromTimestamp(renewed[0].event_time()), renewed_at);
  EXPECT_EQ(renewed[0].SerializeAsString().find("refresh"), std::string::npos);

  const absl::Time failed_at = kStart - absl::Minutes(1);
  const std::vector<GrantEvent> failing = EventsBetween(
      NewGrant(), Failed(NewGrant(), v1::ERROR_REASON_PROVIDER_UNAVAILABLE, failed_at), kStart);
  ASSERT_EQ(failing.size(), 1u);
  EXPECT_EQ(FromTimestamp(failing[0].event_time()), failed_at);
}

}  // namespace
}  // namespace evertoken
