#include "tests/hostile_provider/engine.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/civil_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"
#include "tests/hostile_provider/engine_fixture.h"
#include "tests/hostile_provider/spoil.h"

namespace evertoken::hostile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST_F(EngineTest, ARefreshBringsAWholePair) {
  const IssuedPair pair = Family();
  const ProviderReply reply = provider_.Present(pair.refresh_token, now_);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.delivery, Delivery::kWhole);
  EXPECT_EQ(HeaderOf(reply, "content-type"), "application/json");
  EXPECT_EQ(Member(reply.body, "token_type"), "Bearer");
  EXPECT_EQ(Member(reply.body, "expires_in"), "3600");
  EXPECT_EQ(Member(reply.body, "refresh_token"), provider_.book().families()[0].refresh_token);
  EXPECT_EQ(Member(reply.body, "access_token"), provider_.book().families()[0].access_token);
  EXPECT_THAT(reply.body, Not(HasSubstr("id_token")));
  EXPECT_EQ(provider_.calls(Endpoint::kToken), 1);
}

TEST_F(EngineTest, RefusalsAreThoseOfOAuth) {
  const ProviderReply unknown = provider_.Present("unknown", now_);
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(Member(unknown.body, "error"), "invalid_grant");
  FamilyPolicy policy;
  policy.minimum_age = absl::Hours(1);
  EXPECT_EQ(Member(Present(Family(policy), {}).body, "error"), "invalid_request");
}

TEST_F(EngineTest, TheUsersWordEndsEverything) {
  const IssuedPair pair = Family();
  EXPECT_EQ(provider_.UserInfo(pair.access_token, now_, {}).status, 200);
  EXPECT_TRUE(provider_.UserRevokes(pair.family));
  EXPECT_EQ(Member(Present(pair, {}).body, "error"), "invalid_grant");
  EXPECT_EQ(provider_.UserInfo(pair.access_token, now_, {}).status, 401);
  EXPECT_EQ(provider_.book().families()[0].end, FamilyEnd::kUserRevoked);
  EXPECT_FALSE(provider_.Kill(99));
}

TEST_F(EngineTest, RevocationEndsTheFamilyAndUnknownTokensAreNoError) {
  const IssuedPair pair = Family();
  EXPECT_EQ(provider_.Revoke("unknown", now_, {}).status, 200);
  EXPECT_EQ(provider_.Revoke(pair.access_token, now_, {}).status, 200);
  EXPECT_EQ(provider_.book().families()[0].end, FamilyEnd::kClientRevoked);
}

TEST_F(EngineTest, LivesAreToldInEveryOddWay) {
  const std::vector<std::pair<ExpiresIn, std::string>> told = {
      {ExpiresIn::kNumber, R"("expires_in":3600)"},
      {ExpiresIn::kString, R"("expires_in":"3600")"},
      {ExpiresIn::kNegative, R"("expires_in":-1)"},
      {ExpiresIn::kZero, R"("expires_in":0)"},
      {ExpiresIn::kHuge, R"("expires_in":999999999)"},
      {ExpiresIn::kText, R"("expires_in":"soon")"}};
  for (const auto& [kind, text] : told) {
    FamilyPolicy policy;
    policy.expires_in = kind;
    EXPECT_THAT(Present(Family(policy), {}).body, HasSubstr(text));
  }
  FamilyPolicy silent;
  silent.expires_in = ExpiresIn::kMissing;
  EXPECT_THAT(Present(Family(silent), {}).body, Not(HasSubstr("expires_in")));
}

TEST_F(EngineTest, TheRefreshTokensLifeIsToldOnDemand) {
  FamilyPolicy policy;
  policy.refresh_life = RefreshLife::kAbsolute;
  policy.refresh_life_length = absl::Hours(10);
  EXPECT_EQ(Member(Present(Family(policy), {}).body, "refresh_token_expires_in"), "");
  policy.tells_refresh_life = true;
  const IssuedPair pair = Family(policy);
  now_ += absl::Hours(1);
  EXPECT_EQ(Member(Present(pair, {}).body, "refresh_token_expires_in"), "32400");
}

TEST_F(EngineTest, ARepeatedPairTellsWhatIsLeftOfIt) {
  FamilyPolicy policy;
  policy.grace = absl::Minutes(1);
  const IssuedPair pair = Family(policy);
  Present(pair, {});
  now_ += absl::Minutes(1);
  EXPECT_EQ(Member(Present(pair, {}).body, "expires_in"), "3540");
}

// What each fault does to the token: the heart of this model.
TEST_F(EngineTest, FaultsSpendTheTokenOrDoNot) {
  for (const Fault fault : {Fault::kNone, Fault::kReplyLost, Fault::kHalfBody, Fault::kHalfJson,
                            Fault::kWrongType, Fault::kHugeBody, Fault::kEmptyBody, Fault::kHtml}) {
    const IssuedPair pair = Family();
    Present(pair, Of(fault));
    EXPECT_EQ(Judge(pair), Verdict::kReused) << static_cast<int>(fault);
  }
  for (const Fault fault : {Fault::kRequestLost, Fault::kErrorWith200, Fault::kStatus,
                            Fault::kRedirect, Fault::kInvalidClient}) {
    const IssuedPair pair = Family();
    Present(pair, Of(fault));
    EXPECT_EQ(Judge(pair), Verdict::kRenewed) << static_cast<int>(fault);
  }
}

TEST_F(EngineTest, AGatewayMayFailAfterTheTokenWasSpent) {
  const IssuedPair pair = Family();
  Trouble trouble = Of(Fault::kStatus);
  trouble.status = 504;
  trouble.done = true;
  EXPECT_EQ(Present(pair, trouble).status, 504);
  EXPECT_EQ(Judge(pair), Verdict::kReused);
}

TEST_F(EngineTest, APageMayComeBeforeTheTokenIsSpent) {
  const IssuedPair pair = Family();
  Trouble trouble = Of(Fault::kHtml);
  trouble.done = false;
  EXPECT_EQ(Present(pair, trouble).status, 200);
  EXPECT_EQ(Judge(pair), Verdict::kRenewed);
}

TEST_F(EngineTest, LostRequestsAndRepliesSayNothing) {
  for (const Fault fault : {Fault::kRequestLost, Fault::kReplyLost}) {
    const ProviderReply reply = Present(Family(), Of(fault));
    EXPECT_EQ(reply.delivery, Delivery::kNothing);
    EXPECT_THAT(reply.body, IsEmpty());
  }
}

TEST_F(EngineTest, SpoiledBodiesLookLikeThis) {
  const ProviderReply half = Present(Family(), Of(Fault::kHalfBody));
  EXPECT_EQ(half.delivery, Delivery::kHalfOfBody);
  EXPECT_THAT(Member(half.body, "access_token"), StartsWith("hostile-access-"))
      << "the whole body, of which half is to be sent";

  const ProviderReply half_json = Present(Family(), Of(Fault::kHalfJson));
  EXPECT_EQ(half_json.delivery, Delivery::kWhole);
  EXPECT_EQ(Member(half_json.body, "access_token"), "no JSON");

  const ProviderReply wrong_type = Present(Family(), Of(Fault::kWrongType));
  EXPECT_EQ(HeaderOf(wrong_type, "content-type"), "text/html");
  EXPECT_THAT(Member(wrong_type.body, "access_token"), StartsWith("hostile-access-"));

  const ProviderReply huge = Present(Family(), Of(Fault::kHugeBody));
  EXPECT_EQ(huge.body.size(), kHugeBodyBytes);
  EXPECT_TRUE(absl::StartsWith(huge.body, R"({"access_token":")"));
  EXPECT_TRUE(absl::EndsWith(huge.body, R"(x"})"));

  const ProviderReply empty = Present(Family(), Of(Fault::kEmptyBody));
  EXPECT_EQ(empty.status, 200);
  EXPECT_THAT(empty.body, IsEmpty());

  const ProviderReply page = Present(Family(), Of(Fault::kHtml));
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, StartsWith("<!doctype html>"));
}

TEST_F(EngineTest, ErrorsLookLikeThis) {
  Trouble trouble = Of(Fault::kErrorWith200);
  ProviderReply reply = Present(Family(), trouble);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(Member(reply.body, "error"), "server_error");
  trouble.error = "invalid_grant";
  EXPECT_EQ(Member(Present(Family(), trouble).body, "error"), "invalid_grant");

  reply = Present(Family(), Of(Fault::kRedirect));
  EXPECT_EQ(reply.status, 302);
  EXPECT_EQ(HeaderOf(reply, "location"), "/moved");

  reply = Present(Family(), Of(Fault::kInvalidClient));
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(Member(reply.body, "error"), "invalid_client");
}

TEST_F(EngineTest, ThrottlingTellsWhenToComeAgainInAnyWords) {
  Trouble trouble = Of(Fault::kStatus);
  trouble.status = 429;
  ProviderReply reply = Present(Family(), trouble);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(HeaderOf(reply, "retry-after"), "");
  EXPECT_THAT(reply.body, StartsWith("<!doctype html>"));

  trouble.error = "slow_down";
  trouble.headers = {{"retry-after", "99999999999"}, {"x-ratelimit-remaining", "0"}};
  reply = Present(Family(), trouble);
  EXPECT_EQ(Member(reply.body, "error"), "slow_down");
  EXPECT_EQ(HeaderOf(reply, "retry-after"), "99999999999");
  EXPECT_EQ(HeaderOf(reply, "x-ratelimit-remaining"), "0");

  trouble.headers.clear();
  trouble.retry_after_date_in = absl::Seconds(90);
  now_ = absl::FromCivil(absl::CivilSecond(2030, 3, 17, 17, 46, 40), absl::UTCTimeZone());
  EXPECT_EQ(HeaderOf(Present(Family(), trouble), "retry-after"), "Sun, 17 Mar 2030 17:48:10 GMT");
}

TEST_F(EngineTest, ScriptedTroublesMeetPresentations) {
  const IssuedPair one = Family();
  const IssuedPair other = Family();
  Trouble slow = Of(Fault::kReplyLost);
  slow.delay_before = absl::Seconds(2);
  slow.delay_after = absl::Seconds(3);
  ASSERT_THAT(provider_.script().Queue(Endpoint::kToken, slow, 1, other.family), IsOk());
  EXPECT_EQ(provider_.Present(one.refresh_token, now_).delivery, Delivery::kWhole);
  const ProviderReply lost = provider_.Present(other.refresh_token, now_);
  EXPECT_EQ(lost.delivery, Delivery::kNothing);
  EXPECT_EQ(lost.delay, absl::Seconds(5));
}

TEST_F(EngineTest, ARequestTravelsInSteps) {
  const IssuedPair pair = Family();
  Trouble slow;
  slow.delay_before = absl::Seconds(2);
  slow.delay_after = absl::Seconds(3);
  ASSERT_THAT(provider_.script().Queue(Endpoint::kToken, slow), IsOk());
  const Trouble met = provider_.NextTrouble(Endpoint::kToken, pair.refresh_token);
  EXPECT_EQ(met.delay_before, absl::Seconds(2));
  EXPECT_EQ(Judge(pair), Verdict::kRenewed) << "nothing happened yet";
  now_ += met.delay_before;
  EXPECT_EQ(Present(pair, met).delay, absl::Seconds(3));
  EXPECT_EQ(provider_.book().Presentations(pair.refresh_token)[0].time, now_);
}

TEST_F(EngineTest, PresentationsThatChangedNothingAreCountedToo) {
  const IssuedPair pair = Family();
  Present(pair, Of(Fault::kRequestLost));
  Present(pair, Of(Fault::kStatus));
  Present(pair, {});
  std::vector<Verdict> verdicts;
  for (const Presentation& one : provider_.book().Presentations(pair.refresh_token))
    verdicts.push_back(one.verdict);
  EXPECT_THAT(verdicts, ElementsAre(Verdict::kLost, Verdict::kNotDone, Verdict::kRenewed));
}

TEST_F(EngineTest, TroublesMeetEveryEndpoint) {
  const IssuedPair pair = Family();
  Trouble down = Of(Fault::kStatus);
  EXPECT_EQ(provider_.UserInfo(pair.access_token, now_, down).status, 503);
  EXPECT_EQ(provider_.Revoke(pair.access_token, now_, down).status, 503);
  EXPECT_EQ(provider_.KeySet(now_, down).status, 503);
  EXPECT_EQ(provider_.Document(Endpoint::kDiscovery, "{}", now_, down).status, 503);
  EXPECT_EQ(provider_.book().families()[0].end, FamilyEnd::kNone) << "it was not revoked";
  EXPECT_EQ(provider_.calls(Endpoint::kUserInfo), 1);
}

TEST_F(EngineTest, ProfilesTellFetchesApart) {
  const IssuedPair pair = Family();
  const ProviderReply first = provider_.UserInfo(pair.access_token, now_, {});
  EXPECT_EQ(Member(first.body, "sub"), "ada");
  EXPECT_NE(Member(first.body, "name"),
            Member(provider_.UserInfo(pair.access_token, now_, {}).body, "name"));
}

TEST(EngineLimitsTest, AFullBookSaysSo) {
  HostileProvider::Settings settings;
  settings.limits.tokens = 3;
  HostileProvider provider(settings);
  const absl::Time now = absl::FromUnixSeconds(1900000000);
  const absl::StatusOr<IssuedPair> pair = provider.NewFamily({}, now);
  ASSERT_THAT(pair, IsOk());
  EXPECT_THAT(provider.NewFamily({}, now), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(provider.Present(pair->refresh_token, now).status, 503);
  EXPECT_EQ(provider.book().Judge(pair->refresh_token, now), Verdict::kRenewed) << "not spent";
}

TEST(EngineSeedTest, TheSameSeedGivesTheSameStory) {
  const auto story = [](uint64_t seed) {
    HostileProvider::Settings settings;
    settings.seed = seed;
    HostileProvider provider(settings);
    EXPECT_THAT(provider.script().AddChance(Endpoint::kToken, Of(Fault::kReplyLost), 0.5), IsOk());
    absl::Time now = absl::FromUnixSeconds(1900000000);
    FamilyPolicy policy;
    policy.grace = absl::InfiniteDuration();
    const IssuedPair pair = *provider.NewFamily(policy, now);
    std::string bodies;
    for (int i = 0; i < 40; ++i) bodies += provider.Present(pair.refresh_token, now).body + "\n";
    return bodies;
  };
  EXPECT_EQ(story(1), story(1));
  EXPECT_NE(story(1), story(2));
}

}  // namespace
}  // namespace evertoken::hostile
