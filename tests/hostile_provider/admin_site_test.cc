#include "tests/hostile_provider/admin_site.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/provider/json_document.h"

namespace evertoken::hostile {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class AdminSiteTest : public testing::Test {
 protected:
  ProviderReply Get(const std::string& path, demo::Form query = {}) {
    return admin_.Handle({"GET", path, std::move(query), "", ""}, now_);
  }

  ProviderReply Post(const std::string& path, const std::string& body) {
    return admin_.Handle({"POST", path, {}, "", body}, now_);
  }

  // What is wrong with a request; fails the test when nothing is.
  std::string Refusal(const std::string& path, const std::string& body) {
    const ProviderReply reply = Post(path, body);
    EXPECT_EQ(reply.status, 400) << path << " " << body << " " << reply.body;
    return Value(reply, "/error");
  }

  static std::string Value(const ProviderReply& reply, const std::string& pointer) {
    const auto document = JsonDocument::Parse(reply.body);
    if (document == nullptr) return "no JSON";
    return document->root().At(pointer).Text().value_or("");
  }

  Trouble Next() { return engine_.NextTrouble(Endpoint::kToken, ""); }

  HostileProvider engine_{{}};
  LoginRules login_;
  absl::Duration ahead_;
  AdminSite admin_{&engine_, &login_, &ahead_};
  absl::Time now_ = absl::FromUnixSeconds(1900000000);
};

TEST_F(AdminSiteTest, AFamilyOfAnyPolicyIsMade) {
  const ProviderReply reply =
      Post("/admin/families",
           R"({"user":"grace","policy":{"rotation":"none","reuse":"refuse","grace":"30s",
          "grace_answer":"further_pair","grace_ends_with_next_use":true,"access_life":"5m",
          "expires_in":"string","refresh_ends_access_token":true,"refresh_life":"idle",
          "refresh_life_length":"10h","tells_refresh_life":true,"minimum_age":"24h",
          "repeats_refresh_token":true,"id_token_at_refresh":true,"scope":"openid"}})");
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(Value(reply, "/family"), "1");
  const Family& family = engine_.book().families()[0];
  EXPECT_EQ(Value(reply, "/refresh_token"), family.refresh_token);
  EXPECT_EQ(Value(reply, "/access_token"), family.access_token);
  EXPECT_EQ(family.user, "grace");
  EXPECT_EQ(family.consent_time, now_);
  const FamilyPolicy& policy = family.policy;
  EXPECT_EQ(policy.rotation, Rotation::kNone);
  EXPECT_EQ(policy.reuse, ReuseEffect::kRefuse);
  EXPECT_EQ(policy.grace, absl::Seconds(30));
  EXPECT_EQ(policy.grace_answer, GraceAnswer::kFurtherPair);
  EXPECT_TRUE(policy.grace_ends_with_next_use);
  EXPECT_EQ(policy.access_life, absl::Minutes(5));
  EXPECT_EQ(policy.expires_in, ExpiresIn::kString);
  EXPECT_TRUE(policy.refresh_ends_access_token);
  EXPECT_EQ(policy.refresh_life, RefreshLife::kIdle);
  EXPECT_EQ(policy.refresh_life_length, absl::Hours(10));
  EXPECT_TRUE(policy.tells_refresh_life);
  EXPECT_EQ(policy.minimum_age, absl::Hours(24));
  EXPECT_TRUE(policy.repeats_refresh_token);
  EXPECT_TRUE(policy.id_token_at_refresh);
  EXPECT_EQ(policy.scope, "openid");
}

TEST_F(AdminSiteTest, WithoutABodyTheDefaultsHold) {
  EXPECT_EQ(Post("/admin/families", "").status, 200);
  EXPECT_EQ(engine_.book().families()[0].policy.reuse, ReuseEffect::kKillFamily);
  EXPECT_EQ(Post("/admin/families", R"({"policy":{"grace":"inf"}})").status, 200);
  EXPECT_EQ(engine_.book().families()[1].policy.grace, absl::InfiniteDuration());
}

TEST_F(AdminSiteTest, EverythingWrongIsSaidAtOnce) {
  EXPECT_THAT(Refusal("/admin/families", R"({"policy":{"rotation":"often","grace":30,"x":1}})"),
              AllOf(HasSubstr("rotation must be one of always, none"), HasSubstr("grace must be"),
                    HasSubstr("x is unknown; known are rotation, reuse, grace")));
  EXPECT_THAT(Refusal("/admin/families", R"({"policy":[]})"),
              HasSubstr("policy must be an object"));
  EXPECT_THAT(Refusal("/admin/families", R"({"user":1})"), HasSubstr("user must be a string"));
  EXPECT_THAT(Refusal("/admin/families", "{"), HasSubstr("JSON object"));
  EXPECT_THAT(Refusal("/admin/families", "[]"), HasSubstr("JSON object"));
  EXPECT_TRUE(engine_.book().families().empty());
}

TEST_F(AdminSiteTest, FamiliesAreListedInPages) {
  for (int i = 0; i < 1001; ++i) Post("/admin/families", "");
  const ProviderReply first = Get("/admin/families");
  EXPECT_EQ(Value(first, "/families/0/family"), "1");
  EXPECT_EQ(Value(first, "/families/0/alive"), "true");
  EXPECT_EQ(Value(first, "/families/999/family"), "1000");
  EXPECT_EQ(Value(first, "/more"), "true");
  const ProviderReply second = Get("/admin/families", {{"after", "1000"}});
  EXPECT_EQ(Value(second, "/families/0/family"), "1001");
  EXPECT_EQ(Value(second, "/more"), "false");
  EXPECT_EQ(Get("/admin/families", {{"after", "x"}}).status, 400);
}

TEST_F(AdminSiteTest, FamiliesEndAloneOrByUser) {
  for (const char* user : {"ada", "grace", "grace"})
    Post("/admin/families", absl::StrCat(R"({"user":")", user, R"("})"));
  EXPECT_EQ(Value(Post("/admin/kill", R"({"family":1})"), "/ended"), "1");
  EXPECT_EQ(Value(Post("/admin/revoke", R"({"user":"grace"})"), "/ended"), "2");
  const ProviderReply list = Get("/admin/families");
  EXPECT_EQ(Value(list, "/families/0/end"), "killed");
  EXPECT_EQ(Value(list, "/families/1/end"), "user_revoked");
  EXPECT_EQ(Value(list, "/families/2/end"), "user_revoked");
  EXPECT_EQ(Post("/admin/kill", R"({"family":9})").status, 404);
  EXPECT_THAT(Refusal("/admin/kill", "{}"), HasSubstr("family or user must be there"));
  EXPECT_THAT(Refusal("/admin/kill", R"({"family":1,"user":"ada"})"), HasSubstr("not both"));
}

TEST_F(AdminSiteTest, TroublesAreQueued) {
  const ProviderReply reply =
      Post("/admin/troubles",
           R"({"fault":"status","status":429,"error":"slow_down","retry_after":"soon","times":2,
               "headers":{"X-RateLimit-Remaining":"0"},"delay_before":"1s","delay_after":"2s",
               "done":true})");
  EXPECT_EQ(Value(reply, "/queued"), "2") << reply.body;
  const Trouble trouble = Next();
  EXPECT_EQ(trouble.fault, Fault::kStatus);
  EXPECT_EQ(trouble.status, 429);
  EXPECT_EQ(trouble.error, "slow_down");
  EXPECT_EQ(trouble.done, true);
  EXPECT_EQ(trouble.delay_before, absl::Seconds(1));
  EXPECT_EQ(trouble.delay_after, absl::Seconds(2));
  ASSERT_EQ(trouble.headers.size(), 2u);
  EXPECT_EQ(trouble.headers[0].first, "x-ratelimit-remaining");
  EXPECT_EQ(trouble.headers[1], (std::pair<std::string, std::string>("retry-after", "soon")));
  EXPECT_FALSE(trouble.retry_after_date_in.has_value());
  EXPECT_EQ(Next().fault, Fault::kStatus);
  EXPECT_EQ(Next().fault, Fault::kNone);
}

TEST_F(AdminSiteTest, TroublesHaveEndpointsFamiliesAndChances) {
  Post("/admin/troubles", R"({"endpoint":"userinfo","fault":"html"})");
  EXPECT_EQ(engine_.NextTrouble(Endpoint::kUserInfo, "").fault, Fault::kHtml);
  Post("/admin/families", "");
  Post("/admin/troubles", R"({"fault":"status","family":1,"retry_after_date_in":"-10s"})");
  EXPECT_EQ(Next().fault, Fault::kNone);
  const std::string& token = engine_.book().families()[0].refresh_token;
  EXPECT_EQ(engine_.NextTrouble(Endpoint::kToken, token).retry_after_date_in, -absl::Seconds(10));
  EXPECT_EQ(Post("/admin/troubles", R"({"fault":"reply_lost","probability":1})").status, 200);
  EXPECT_EQ(Next().fault, Fault::kReplyLost);
  EXPECT_EQ(admin_.Handle({"DELETE", "/admin/troubles", {}, "", ""}, now_).status, 200);
  EXPECT_EQ(Next().fault, Fault::kNone);
}

TEST_F(AdminSiteTest, ImpossibleTroublesAreRefused) {
  for (const auto& [body, why] : std::vector<std::pair<std::string, std::string>>{
           {R"({"fault":"fire"})", "fault must be one of none, request_lost, reply_lost"},
           {R"({"endpoint":"door"})", "endpoint must be one of token, userinfo"},
           {R"({"fault":"reply_lost","done":false})", "done is no choice with reply_lost"},
           {R"({"status":204})", "status must be a whole number from 400 to 599"},
           {R"({"times":0})", "times must be a whole number from 1"},
           {R"({"times":1.5})", "times must be a whole number from 1"},
           {R"({"delay_after":"2h"})", "delay_after must be a duration"},
           {R"({"delay_after":"-1s"})", "delay_after must be a duration"},
           {R"({"done":"yes"})", "done must be true or false"},
           {R"({"retry_after":"a\nb"})", "retry_after must be a string"},
           {R"({"headers":{"a b":"c"}})", "headers must be header names"},
           {R"({"headers":{"a":"b\r\nc"}})", "headers must be header names"},
           {R"({"probability":0})", "probability must be above 0"},
           {R"({"probability":0.5,"times":2})", "probability goes with neither"}}) {
    EXPECT_THAT(Refusal("/admin/troubles", body), HasSubstr(why));
  }
  EXPECT_EQ(engine_.script().queued(), 0);
}

TEST_F(AdminSiteTest, TooManyTroublesAreRefused) {
  for (size_t i = 0; i < TroubleScript::kMostQueued; ++i) Post("/admin/troubles", "");
  EXPECT_EQ(Post("/admin/troubles", "").status, 429);
}

TEST_F(AdminSiteTest, KeysRotate) {
  Post("/admin/keys", "");
  Post("/admin/keys", R"({"keep_old":false})");
  EXPECT_THAT(engine_.KeySet(now_, {}).body, HasSubstr(R"("kid":"key-2")"));
  EXPECT_THAT(engine_.KeySet(now_, {}).body, testing::Not(HasSubstr(R"("kid":"key-1")")));
}

TEST_F(AdminSiteTest, TheClockGoesOnAndMayBeWrong) {
  const ProviderReply reply = Post("/admin/clock", R"({"advance":"24h","skew":"-5m"})");
  EXPECT_EQ(ahead_, absl::Hours(24));
  EXPECT_EQ(Value(reply, "/now"), "2030-03-18T17:46:40+00:00");
  EXPECT_THAT(Refusal("/admin/clock", R"({"advance":"-1s"})"), StartsWith("advance must be"));
  EXPECT_EQ(engine_.KeySet(now_, {}).headers.back().second, "Sun, 17 Mar 2030 17:41:40 GMT");
  Post("/admin/clock", R"({"advance":"1h"})");
  EXPECT_EQ(ahead_, absl::Hours(25));
  EXPECT_EQ(engine_.KeySet(now_, {}).headers.back().second, "Sun, 17 Mar 2030 17:41:40 GMT")
      << "the skew stays";
}

TEST_F(AdminSiteTest, LoginsGetTheirRules) {
  Post("/admin/login", R"({"policy":{"rotation":"none"},"error":"access_denied"})");
  EXPECT_EQ(login_.policy.rotation, Rotation::kNone);
  EXPECT_EQ(login_.error, "access_denied");
  Post("/admin/login", "{}");
  EXPECT_EQ(login_.error, "");
}

TEST_F(AdminSiteTest, CountsAndPresentationsTellWhatHappened) {
  Post("/admin/families", "");
  const std::string token = engine_.book().families()[0].refresh_token;
  engine_.Present(token, now_);
  engine_.Present(token, now_ + absl::Seconds(1));
  const ProviderReply counts = Get("/admin/counts");
  EXPECT_EQ(Value(counts, "/calls/token"), "2");
  EXPECT_EQ(Value(counts, "/calls/userinfo"), "0");
  EXPECT_EQ(Value(counts, "/presentations/renewed"), "1");
  EXPECT_EQ(Value(counts, "/presentations/reused"), "1");
  EXPECT_EQ(Value(counts, "/families"), "1");
  EXPECT_EQ(Value(counts, "/troubles_queued"), "0");
  const ProviderReply told = Get("/admin/presentations", {{"token", token}});
  EXPECT_EQ(Value(told, "/count"), "2");
  EXPECT_EQ(Value(told, "/presentations/1/verdict"), "reused");
  EXPECT_EQ(Value(told, "/presentations/1/time"), "2030-03-17T17:46:41+00:00");
  EXPECT_EQ(Get("/admin/presentations", {{"token", "x"}}).status, 404);
}

TEST_F(AdminSiteTest, UnknownPathsNameTheKnownOnes) {
  EXPECT_THAT(Value(Get("/admin/x"), "/error"), HasSubstr("/admin/counts"));
  const ProviderReply reply = Post("/admin/x", "");
  EXPECT_EQ(reply.status, 404);
  EXPECT_THAT(Value(reply, "/error"), HasSubstr("/admin/troubles"));
  EXPECT_EQ(admin_.Handle({"PUT", "/admin/x", {}, "", ""}, now_).status, 404);
}

}  // namespace
}  // namespace evertoken::hostile
