// Logins that succeed, from the first page to the token that a service gets.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "server/web/url_query.h"
#include "tests/fakes/status_matchers.h"
#include "tests/web/login_fixture.h"

namespace evertoken {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

// The text between two marks.
std::string Between(const std::string& text, const std::string& before, const std::string& behind) {
  const size_t begin = text.find(before);
  EXPECT_NE(begin, std::string::npos) << before << " is not in " << text;
  if (begin == std::string::npos) return "";
  const size_t start = begin + before.size();
  return text.substr(start, text.find(behind, start) - start);
}

std::string FieldOf(const WebReply& page, const std::string& name) {
  return Between(page.body, absl::StrCat("name=\"", name, "\" value=\""), "\"");
}

TEST(LoginTest, LeadsFromTheFirstPageToAnAccessToken) {
  LoginFixture web;
  const WebReply page = web.Get("/?state=app%20state");
  ASSERT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("Sign in with Ident &lt;ID&gt;"));
  EXPECT_THAT(page.body, Not(HasSubstr("Other")));
  const std::string link =
      absl::StrReplaceAll(Between(page.body, "href=\"/login", "\""), {{"&amp;", "&"}});

  const WebReply sent = web.Get("/login" + link);
  ASSERT_EQ(sent.status, 302);
  auto parameters = ParametersOf(sent.Header("location"));
  EXPECT_THAT(sent.Header("location"), StartsWith("https://idp.test/authorize?"));
  EXPECT_EQ(parameters["redirect_uri"], "http://localhost:1234/callback/idp");
  EXPECT_EQ(parameters["code_challenge_method"], "S256");
  const std::string cookie = sent.Header("set-cookie");
  EXPECT_THAT(cookie, AllOf(StartsWith("evertoken_login_"),
                            HasSubstr("; Max-Age=600; Path=/; HttpOnly; SameSite=Lax"),
                            Not(HasSubstr("Secure"))));

  const WebReply back =
      web.Get(absl::StrCat("/callback/idp?code=c0de&scope=profile&state=", parameters["state"]),
              cookie.substr(0, cookie.find(';')));
  ASSERT_EQ(back.status, 302) << back.body;
  EXPECT_THAT(back.Header("location"), StartsWith("https://app.test/return?x=1&request_token="));
  auto arrived = ParametersOf(back.Header("location"));
  EXPECT_EQ(arrived["state"], "app state");
  EXPECT_THAT(back.Header("set-cookie"), AllOf(StartsWith(cookie.substr(0, cookie.find('=') + 1)),
                                               HasSubstr("=; Max-Age=0;")));
  ASSERT_THAT(web.http.Requests(kTokenUrl), SizeIs(1));
  EXPECT_THAT(web.http.Requests(kTokenUrl)[0].body,
              AllOf(HasSubstr("code=c0de"), HasSubstr("code_verifier=")));

  EXPECT_THAT(web.Exchange("app", arrived["request_token"]), IsOk());
}

TEST(LoginTest, TakesARegisteredRedirectUriThatIsNotTheFirst) {
  LoginFixture web;
  const auto begun = web.Begin("redirect_uri=" + PercentEncode("https://app.test/second"));
  const WebReply back =
      web.Get(absl::StrCat("/callback/idp?code=c&state=", begun.state), begun.cookie);
  EXPECT_THAT(back.Header("location"), StartsWith("https://app.test/second?request_token="));
  EXPECT_THAT(ParametersOf(back.Header("location")), Not(Contains(Key("state"))));
}

TEST(LoginTest, DeliversByFormPost) {
  LoginFixture web;
  const auto begun = web.Begin(absl::StrCat("app=poster&state=", PercentEncode("<s\"&'>")));
  const WebReply page =
      web.Get(absl::StrCat("/callback/idp?code=c&state=", begun.state), begun.cookie);
  ASSERT_EQ(page.status, 200);
  EXPECT_THAT(
      page.body,
      HasSubstr("<form id=\"continue\" method=\"post\" action=\"https://poster.test/done\">"));
  EXPECT_THAT(page.Header("content-security-policy"), HasSubstr("script-src 'self'"));
  EXPECT_EQ(FieldOf(page, "state"), "&lt;s&quot;&amp;&#39;&gt;");
  EXPECT_THAT(page.Header("set-cookie"), HasSubstr("=; Max-Age=0;"));
  EXPECT_THAT(page.All("location"), IsEmpty());
  EXPECT_THAT(web.Exchange("poster", FieldOf(page, "request_token")), IsOk());
}

TEST(LoginTest, TabsDoNotDisturbEachOther) {
  LoginFixture web;
  const auto first = web.Begin();
  const auto second = web.Begin("app=app", first.cookie);
  const std::string cookies = absl::StrCat(first.cookie, "; ", second.cookie);
  EXPECT_EQ(web.Get(absl::StrCat("/callback/idp?code=c&state=", second.state), cookies).status,
            302);
  EXPECT_EQ(web.Get(absl::StrCat("/callback/idp?code=c&state=", first.state), cookies).status, 302);
}

TEST(LoginTest, OnHttpsTheCookieIsBoundToThisHost) {
  LoginFixture web("https://login.test/");
  const auto begun = web.Begin();
  EXPECT_THAT(begun.set_cookie, AllOf(StartsWith("__Host-evertoken_login_"),
                                      HasSubstr("; Path=/; HttpOnly; SameSite=Lax; Secure")));
  EXPECT_EQ(ParametersOf(begun.location)["redirect_uri"], "https://login.test/callback/idp");
  EXPECT_EQ(web.Get(absl::StrCat("/callback/idp?code=c&state=", begun.state), begun.cookie).status,
            302);
}

// A provider that posts: the browser brings no cookie at first.
TEST(LoginTest, CallbackByPostComesAroundThroughOurOwnForm) {
  LoginFixture web;
  const auto begun = web.Begin();
  const std::string body = absl::StrCat("code=c%22%3C&user=%7B%22name%22%7D&state=", begun.state);
  const WebReply relay = web.Post("/callback/idp", body);
  ASSERT_EQ(relay.status, 200);
  EXPECT_THAT(relay.body, HasSubstr("method=\"post\" action=\"/callback/idp\""));
  EXPECT_EQ(FieldOf(relay, "code"), "c&quot;&lt;");
  EXPECT_EQ(FieldOf(relay, "state"), begun.state);
  EXPECT_EQ(FieldOf(relay, "evertoken_relayed"), "1");
  EXPECT_THAT(web.http.Requests(kTokenUrl), IsEmpty());

  const WebReply back = web.Post("/callback/idp", body + "&evertoken_relayed=1", begun.cookie);
  EXPECT_EQ(back.status, 303);
  EXPECT_THAT(back.Header("location"), StartsWith("https://app.test/return?x=1&request_token="));
  EXPECT_THAT(web.http.Requests(kTokenUrl), SizeIs(1));
}

TEST(LoginTest, ABrowserWithoutCookiesIsNotSentInCircles) {
  LoginFixture web;
  const auto begun = web.Begin();
  const WebReply page =
      web.Post("/callback/idp", absl::StrCat("code=c&evertoken_relayed=1&state=", begun.state));
  EXPECT_EQ(page.status, 400);
  EXPECT_THAT(page.body, Not(HasSubstr("<form")));
}

}  // namespace
}  // namespace evertoken
