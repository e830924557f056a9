// Logins that must fail, and how they tell it: on a page, or to the app where the login is proven to be this browser's.

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "server/base/log.h"
#include "server/web/url_query.h"
#include "tests/web/login_fixture.h"

namespace evertoken {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// A page for people, and nothing that leads or tells anywhere else.
MATCHER_P(IsPage, status, "") {
  *result_listener << "status " << arg.status << ", location '" << arg.Header("location")
                   << "', body " << arg.body;
  return arg.status == status && arg.All("location").empty() &&
         arg.body.find("<h1>") != std::string::npos &&
         arg.body.find("Request id") != std::string::npos &&
         arg.body.find("<form") == std::string::npos;
}

std::string Callback(const LoginFixture::Begun& begun, const std::string& more = "code=c") {
  return absl::StrCat("/callback/idp?", more, "&state=", begun.state);
}

TEST(LoginFailureTest, AStateThatNobodyGaveOut) {
  LoginFixture web;
  const auto begun = web.Begin();
  EXPECT_THAT(web.Get("/callback/idp?code=c&state=made-up", begun.cookie), IsPage(400));
  EXPECT_THAT(web.Get("/callback/idp?code=c", begun.cookie), IsPage(400));
  EXPECT_THAT(web.Get("/callback/idp", begun.cookie), IsPage(400));
  EXPECT_THAT(web.Get(absl::StrCat("/callback/other?code=c&state=", begun.state), begun.cookie),
              IsPage(400));
  EXPECT_THAT(web.http.Requests(), IsEmpty());
}

TEST(LoginFailureTest, AnotherBrowser) {
  LoginFixture web;
  const auto mine = web.Begin();
  const auto theirs = web.Begin();
  EXPECT_THAT(web.Get(Callback(mine), theirs.cookie), IsPage(400));
  const std::string name = theirs.cookie.substr(0, theirs.cookie.find('=') + 1);
  EXPECT_THAT(web.Get(Callback(theirs), name + "guessed"), IsPage(400));
  EXPECT_THAT(web.http.Requests(), IsEmpty());
}

TEST(LoginFailureTest, NoCookie) {
  LoginFixture web;
  EXPECT_THAT(web.Get(Callback(web.Begin())), IsPage(400));
  EXPECT_THAT(web.http.Requests(), IsEmpty());
}

TEST(LoginFailureTest, AReplayedCallback) {
  LoginFixture web;
  const auto begun = web.Begin();
  EXPECT_EQ(web.Get(Callback(begun), begun.cookie).status, 302);
  EXPECT_THAT(web.Get(Callback(begun), begun.cookie), IsPage(400));
  EXPECT_THAT(web.http.Requests(kTokenUrl), SizeIs(1));
}

TEST(LoginFailureTest, ALoginThatTookTooLong) {
  LoginFixture web;
  const auto begun = web.Begin();
  web.clock.Advance(absl::Minutes(11));
  EXPECT_THAT(web.Get(Callback(begun), begun.cookie), IsPage(400));
}

TEST(LoginFailureTest, ParametersThatCameTwice) {
  LoginFixture web;
  const auto begun = web.Begin();
  for (const char* more : {"code=a&code=b", "code=a&state=x", "code=a&error=x&error=y",
                           "code=a&iss=x&iss=y", "code=%"}) {
    EXPECT_THAT(web.Get(Callback(begun, more), begun.cookie), IsPage(400)) << more;
  }
  EXPECT_THAT(web.Get("/login/idp?app=app&app=poster"), IsPage(400));
  // None of it has spent the state.
  EXPECT_EQ(web.Get(Callback(begun), begun.cookie).status, 302);
}

TEST(LoginFailureTest, HeadSpendsNothing) {
  LoginFixture web;
  const auto begun = web.Begin();
  const WebReply head = web.Get(Callback(begun), begun.cookie, "HEAD");
  EXPECT_EQ(head.status, 405);
  EXPECT_EQ(head.Header("allow"), "GET, POST");
  EXPECT_EQ(web.Get("/login/idp", "", "HEAD").status, 405);
  EXPECT_EQ(web.Get(Callback(begun), begun.cookie).status, 302);
}

TEST(LoginFailureTest, RedirectUrisThatAreNotRegistered) {
  LoginFixture web;
  for (const char* uri :
       {"https://evil.test/", "https://app.test/return", "https://app.test/return?x=1&y=2",
        "https://app.test/return?x=1#", "https://app.test/second/", "https://APP.test/second",
        "https://app.test@evil.test/", "javascript:alert(1)"}) {
    const std::string query = "app=app&redirect_uri=" + PercentEncode(uri);
    EXPECT_THAT(web.Get("/login/idp?" + query), IsPage(400)) << uri;
    EXPECT_THAT(web.Get("/?" + query), IsPage(400)) << uri;
  }
  EXPECT_THAT(web.Get("/login/idp?app=homeless"), IsPage(403));
  EXPECT_THAT(web.Get("/?app=homeless"),
              AllOf(IsPage(403), testing::Field(&WebReply::body, HasSubstr("redirect_uris"))));
}

TEST(LoginFailureTest, UnknownAppsAndProviders) {
  LoginFixture web;
  EXPECT_THAT(web.Get("/login/idp?app=nobody"), IsPage(403));
  EXPECT_THAT(web.Get("/?app=nobody"), IsPage(403));
  EXPECT_THAT(web.Get("/login/unknown?app=app"), IsPage(404));
  EXPECT_THAT(web.Get("/login/other?app=app"), IsPage(403));
  EXPECT_THAT(web.Get("/login/idp?state=" + std::string(1025, 's')), IsPage(400));
}

TEST(LoginFailureTest, WhatTheUserRefusedTheAppIsTold) {
  LoginFixture web;
  const auto begun = web.Begin("app=app&state=mine");
  const WebReply back =
      web.Get(Callback(begun, "error=access_denied&error_description=%3Cb%3Eno"), begun.cookie);
  EXPECT_EQ(back.status, 302);
  EXPECT_EQ(back.Header("location"), "https://app.test/return?x=1&error=access_denied&state=mine");
  EXPECT_THAT(back.Header("set-cookie"), HasSubstr("=; Max-Age=0;"));
  EXPECT_THAT(web.http.Requests(kTokenUrl), IsEmpty());
}

TEST(LoginFailureTest, WhatTheProviderSaysIsNotPassedOn) {
  LoginFixture web;
  const auto begun = web.Begin();
  const WebReply back =
      web.Get(Callback(begun, "error=%22%3E%3Cscript%3E%0D%0ASet-Cookie:a"), begun.cookie);
  EXPECT_EQ(back.Header("location"), "https://app.test/return?x=1&error=access_denied");
  EXPECT_THAT(back.All("set-cookie"), SizeIs(1));
}

TEST(LoginFailureTest, ErrorsTakeTheSameWayAsTokens) {
  LoginFixture web;
  const auto begun = web.Begin("app=poster&state=mine");
  const WebReply page = web.Get(Callback(begun, "error=access_denied"), begun.cookie);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, AllOf(HasSubstr("action=\"https://poster.test/done\""),
                               HasSubstr("name=\"error\" value=\"access_denied\""),
                               HasSubstr("name=\"state\" value=\"mine\"")));
}

TEST(LoginFailureTest, ProvidersThatFail) {
  LoginFixture web;
  const auto error_after = [&web](auto reply) {
    web.http.On(kTokenUrl, reply);
    const auto begun = web.Begin();
    const WebReply back = web.Get(Callback(begun), begun.cookie);
    EXPECT_EQ(back.status, 302) << back.body;
    return ParametersOf(back.Header("location"))["error"];
  };
  EXPECT_EQ(error_after(absl::Status(absl::UnavailableError("host"))), "temporarily_unavailable");
  EXPECT_EQ(error_after(JsonReply(503, "")), "temporarily_unavailable");
  EXPECT_EQ(error_after(JsonReply(200, "not json")), "server_error");
  EXPECT_EQ(error_after(JsonReply(400, R"({"error":"invalid_grant"})")), "access_denied");
}

TEST(LoginFailureTest, NothingFromOutsideBecomesMarkup) {
  LoginFixture web;
  const std::string nasty = PercentEncode(kHostileName);
  for (const std::string& target :
       {"/?app=" + nasty, "/?redirect_uri=" + nasty, "/?state=" + nasty,
        std::string("/?app=hostile"), "/login/idp?app=" + nasty, "/login/idp?redirect_uri=" + nasty,
        "/login/" + nasty, "/callback/idp?code=c&state=" + nasty,
        "/callback/idp?state=x&error=" + nasty, "/" + nasty}) {
    EXPECT_THAT(web.Get(target).body, AllOf(Not(HasSubstr("<script")), HasSubstr("<h1>")))
        << target;
  }
  EXPECT_THAT(web.Post("/callback/idp", absl::StrCat("code=c&state=s&", nasty, "=", nasty)).body,
              AllOf(Not(HasSubstr("<script>")), HasSubstr("<form")));
}

TEST(LoginFailureTest, FormsOfAnotherKind) {
  LoginFixture web;
  const std::string headers = "Content-Type: application/json\r\nContent-Length: 2\r\n";
  EXPECT_THAT(Ask(web.port(), Request("/callback/idp", headers, "POST") + "{}"), IsPage(415));
  EXPECT_THAT(Ask(web.port(), Request("/callback/idp", "Content-Length: 0\r\n", "POST")),
              IsPage(415));
}

// Nobody needs to sign in to begin one, and the store keeps each for a while.
TEST(LoginFailureTest, MoreLoginsBegunThanTheLimitAreSentAway) {
  LoginFixture web("http://localhost:1234", /*logins_per_second=*/2);
  const auto begun = web.Begin();
  for (int i = 1; i < 20; ++i) web.Begin();
  const WebReply refused = web.Get("/login/idp?app=app");
  EXPECT_THAT(refused, IsPage(503));
  EXPECT_THAT(refused.body, HasSubstr("Try again"));
  EXPECT_EQ(refused.Header("retry-after"), "1");
  EXPECT_THAT(refused.All("set-cookie"), IsEmpty());
  // Who has begun comes through, and what cannot be begun takes nobody's place.
  EXPECT_EQ(web.Get(Callback(begun), begun.cookie).status, 302);
  web.clock.Advance(absl::Seconds(1));
  EXPECT_THAT(web.Get("/login/idp?app=nobody"), IsPage(403));
  web.Begin();
  web.Begin();
  EXPECT_THAT(web.Get("/login/idp?app=app"), IsPage(503));
}

TEST(LoginFailureTest, LogsAndMetricsHoldNoSecret) {
  SetLogLevel(LogLevel::kDebug);
  testing::internal::CaptureStderr();
  std::string secrets[4];
  std::string metrics;
  {
    LoginFixture web;
    const auto begun = web.Begin("app=app&state=my-app-state");
    const WebReply back = web.Get(Callback(begun, "code=s3cret-code"), begun.cookie);
    web.Get(Callback(begun, "code=s3cret-code"), begun.cookie);
    secrets[0] = "s3cret-code";
    secrets[1] = begun.state;
    secrets[2] = begun.cookie.substr(begun.cookie.find('=') + 1);
    secrets[3] = ParametersOf(back.Header("location"))["request_token"];
    metrics = web.metrics.Serialize();
  }
  FlushLog(absl::Minutes(1));
  const std::string log = testing::internal::GetCapturedStderr();
  SetLogLevel(LogLevel::kInfo);
  EXPECT_THAT(log, HasSubstr("GET /callback/{provider}"));
  for (const std::string& secret : secrets) {
    ASSERT_FALSE(secret.empty());
    EXPECT_THAT(log, Not(HasSubstr(secret)));
    EXPECT_THAT(metrics, Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace evertoken
