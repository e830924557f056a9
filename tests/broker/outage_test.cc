// Rule 5: what callers get while the store is away, and after it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

class OutageTest : public testing::Test, protected BrokerFixture {
 protected:
  // A grant that memory knows, with a provider token that lives for an hour and a profile.
  void SetUp() override {
    token_ = SeedGrant("never");
    ASSERT_THAT(Refresh(token_), IsOk());
    ASSERT_THAT(Profile(token_), IsOk());
    clock.Advance(absl::Minutes(1));
    asked_ = idp.presentations();
  }

  // As the Redis store tells it: the connection is lost.
  void GoDown() {
    replica->faults->GoDown();
    replica->cache->Invalidate(std::nullopt);
  }

  absl::StatusOr<v1::IntrospectTokenResponse> Introspect() {
    v1::IntrospectTokenRequest request;
    request.set_access_token(token_);
    return executor.Await(replica->broker->IntrospectToken(App(), request));
  }

  absl::StatusOr<v1::GetProviderTokenResponse> ProviderToken() {
    v1::GetProviderTokenRequest request;
    request.set_access_token(token_);
    return executor.Await(replica->broker->GetProviderToken(App(), request));
  }

  absl::StatusOr<v1::RefreshTokenResponse> RefreshWithin(absl::Duration min_remaining) {
    v1::RefreshTokenRequest request = RefreshRequest(token_);
    *request.mutable_min_remaining() = ToDuration(min_remaining);
    return executor.Await(replica->broker->RefreshToken(App(), request));
  }

  absl::StatusOr<v1::GetRefreshedProfileResponse> ProfileWithin(absl::Duration max_age) {
    v1::GetRefreshedProfileRequest request;
    request.set_access_token(token_);
    *request.mutable_max_age() = ToDuration(max_age);
    return executor.Await(replica->broker->GetRefreshedProfile(App(), request));
  }

  std::string token_;
  int asked_ = 0;
};

TEST_F(OutageTest, WhatStillLivesIsServedFromMemory) {
  GoDown();
  auto introspected = Introspect();
  ASSERT_THAT(introspected, IsOk());
  EXPECT_TRUE(introspected->active());
  auto provider_token = ProviderToken();
  ASSERT_THAT(provider_token, IsOk());
  EXPECT_FALSE(provider_token->provider_access_token().empty());
  auto refreshed = RefreshWithin(absl::Minutes(5));
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_FALSE(refreshed->renewed());
  auto profile = ProfileWithin(absl::Hours(1));
  ASSERT_THAT(profile, IsOk());
  EXPECT_EQ(profile->profile().display_name(), "Ann");
  EXPECT_EQ(idp.presentations(), asked_);
}

TEST_F(OutageTest, WhatMemoryCannotAnswerIsUnavailableAndSpendsNothing) {
  GoDown();
  EXPECT_THAT(Refresh(token_), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(RefreshWithin(absl::Hours(2)), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_EQ(idp.presentations(), asked_);
  replica->faults->Recover();
  executor.Advance(absl::Minutes(1));
  EXPECT_THAT(Refresh(token_), IsOk());
  EXPECT_EQ(Stored(token_).state(), v1::GRANT_STATE_ACTIVE);
}

TEST_F(OutageTest, AnUnknownTokenIsNotCalledUnknown) {
  GoDown();
  token_ = "00000000-0000-4000-8000-000000000000";
  EXPECT_THAT(Introspect(), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
}

TEST_F(OutageTest, AnotherAppSeesNothing) {
  GoDown();
  Caller other = App();
  other.app = apps->Find("other");
  v1::GetProviderTokenRequest request;
  request.set_access_token(token_);
  EXPECT_FALSE(executor.Await(replica->broker->GetProviderToken(other, request)).ok());
}

TEST_F(OutageTest, MemoryIsBelievedForALimitedTime) {
  GoDown();
  clock.Advance(absl::Minutes(10));
  EXPECT_THAT(Introspect(), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(ProviderToken(), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
}

TEST_F(OutageTest, AfterTheOutageTheStoreIsAskedAgain) {
  GoDown();
  ASSERT_THAT(Introspect(), IsOk());
  auto elsewhere = NewReplica();
  v1::RevokeTokenRequest revoke;
  revoke.set_access_token(token_);
  ASSERT_THAT(executor.Await(elsewhere->broker->RevokeToken(App(), revoke)), IsOk());
  replica->faults->Recover();
  EXPECT_FALSE(Introspect()->active());
  EXPECT_THAT(ProviderToken(), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
}

}  // namespace
}  // namespace evertoken
