#include "server/web/pages.h"

#include <string>

#include "gmock/gmock.h"

namespace evertoken {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kNasty[] = "\"><script>alert(1)</script><a href='";

TEST(PagesTest, SignInPageListsLinks) {
  EXPECT_THAT(SignInPage("My App", {{"Good ID", "/login/good?app=a&redirect_uri=b"}}),
              AllOf(HasSubstr("<strong>My App</strong>"), HasSubstr("Sign in with Good ID"),
                    HasSubstr("href=\"/login/good?app=a&amp;redirect_uri=b\"")));
}

TEST(PagesTest, EveryPageIsAccessibleAndSelfContained) {
  for (const std::string& page :
       {SignInPage("App", {}), ErrorPage({"T", "M", "A"}, "id"), FormPostPage("T", "/x", {})}) {
    EXPECT_THAT(page, AllOf(HasSubstr("<!DOCTYPE html>"), HasSubstr("<html lang=\"en\">"),
                            HasSubstr("<main>"), HasSubstr("<h1>"), HasSubstr("name=\"viewport\""),
                            Not(HasSubstr("http")), Not(HasSubstr("style=\"")),
                            Not(HasSubstr("<style")), Not(HasSubstr("<script>"))));
  }
}

TEST(PagesTest, NothingFromOutsideBecomesMarkup) {
  for (const std::string& page :
       {SignInPage(kNasty, {{kNasty, kNasty}}), ErrorPage({kNasty, kNasty, kNasty}, kNasty),
        FormPostPage(kNasty, kNasty, {{kNasty, kNasty}})}) {
    EXPECT_THAT(page, AllOf(HasSubstr("&lt;script&gt;"), Not(HasSubstr("<script>")),
                            Not(HasSubstr("\"><")), Not(HasSubstr("href='"))));
  }
}

TEST(PagesTest, FormPostPageWorksWithoutScript) {
  EXPECT_THAT(
      FormPostPage("Signing in", "https://app.test/cb?x=1&y=2",
                   {{"request_token", "t"}, {"state", "a\"b"}}),
      AllOf(HasSubstr("method=\"post\" action=\"https://app.test/cb?x=1&amp;y=2\""),
            HasSubstr("<input type=\"hidden\" name=\"request_token\" value=\"t\">"),
            HasSubstr("<input type=\"hidden\" name=\"state\" value=\"a&quot;b\">"),
            HasSubstr("Continue</button>"), HasSubstr("<script src=\"/submit.js\" defer>")));
}

}  // namespace
}  // namespace evertoken
