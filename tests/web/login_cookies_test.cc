#include "server/web/login_cookies.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

Secret State(int i) { return Secret(absl::StrCat("state-", i)); }
Secret Binding(int i) { return Secret(absl::StrCat("binding-", i)); }

// A browser, as far as cookies go.
class Jar {
 public:
  void Take(const std::vector<std::string>& headers) {
    for (const std::string& header : headers) Take(header);
  }

  void Take(const std::string& header) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(header, absl::MaxSplits("; ", 1));
    const std::string name = parts.first.substr(0, parts.first.find('=') + 1);
    std::erase_if(pairs_,
                  [&name](const std::string& pair) { return absl::StartsWith(pair, name); });
    if (!absl::StrContains(parts.second, "Max-Age=0")) pairs_.push_back(parts.first);
  }

  std::string Header() const { return absl::StrJoin(pairs_, "; "); }
  const std::vector<std::string>& pairs() const { return pairs_; }

 private:
  std::vector<std::string> pairs_;
};

TEST(LoginCookiesTest, BindsEachAttemptByItsOwnCookie) {
  const LoginCookies cookies(true);
  Jar jar;
  jar.Take(cookies.Begin(jar.Header(), State(1), Binding(1), absl::Minutes(10)));
  jar.Take(cookies.Begin(jar.Header(), State(2), Binding(2), absl::Minutes(10)));
  EXPECT_EQ(cookies.Find(jar.Header(), State(1)).Reveal(), "binding-1");
  EXPECT_EQ(cookies.Find(jar.Header(), State(2)).Reveal(), "binding-2");
  EXPECT_TRUE(cookies.Find(jar.Header(), State(3)).empty());

  jar.Take(cookies.End(State(1)));
  EXPECT_TRUE(cookies.Find(jar.Header(), State(1)).empty());
  EXPECT_EQ(cookies.Find(jar.Header(), State(2)).Reveal(), "binding-2");
}

TEST(LoginCookiesTest, AttributesFollowTheScheme) {
  EXPECT_THAT(LoginCookies(true).Begin("", State(1), Binding(1), absl::Minutes(10)),
              ElementsAre(AllOf(StartsWith("__Host-evertoken_login_"),
                                HasSubstr("=binding-1; Max-Age=600; Path=/; "),
                                HasSubstr("; HttpOnly; SameSite=Lax; Secure"))));
  EXPECT_THAT(LoginCookies(false).Begin("", State(1), Binding(1), absl::Minutes(10)),
              ElementsAre(AllOf(StartsWith("evertoken_login_"), Not(HasSubstr("Secure")),
                                HasSubstr("; HttpOnly; SameSite=Lax"))));
}

TEST(LoginCookiesTest, TheNameDoesNotTellTheState) {
  EXPECT_THAT(LoginCookies(true).Begin("", State(1), Binding(1), absl::Minutes(10)),
              ElementsAre(Not(HasSubstr("state-1"))));
}

TEST(LoginCookiesTest, KeepsTheEightNewestAttempts) {
  const LoginCookies cookies(false);
  Jar jar;
  jar.Take("other=1; Path=/");
  for (int i = 0; i < 20; ++i) {
    jar.Take(cookies.Begin(jar.Header(), State(i), Binding(i), absl::Minutes(10)));
  }
  EXPECT_THAT(jar.pairs(), SizeIs(9));
  EXPECT_TRUE(cookies.Find(jar.Header(), State(11)).empty());
  EXPECT_EQ(cookies.Find(jar.Header(), State(12)).Reveal(), "binding-12");
  EXPECT_EQ(cookies.Find(jar.Header(), State(19)).Reveal(), "binding-19");
}

// A cookie without the prefix can be planted by a neighbour host; on https it counts for nothing.
TEST(LoginCookiesTest, IgnoresPlainCookiesOnHttps) {
  Jar jar;
  jar.Take(LoginCookies(false).Begin("", State(1), Binding(1), absl::Minutes(10)));
  EXPECT_TRUE(LoginCookies(true).Find(jar.Header(), State(1)).empty());
}

}  // namespace
}  // namespace evertoken
