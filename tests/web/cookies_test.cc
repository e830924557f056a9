#include "server/web/cookies.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

std::vector<std::pair<std::string, std::string>> Parsed(absl::string_view header) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Cookie& cookie : ParseCookies(header)) pairs.emplace_back(cookie.name, cookie.value);
  return pairs;
}

TEST(ParseCookiesTest, ReadsPairsInOrder) {
  EXPECT_THAT(Parsed("a=1; b=2=3;c=;  d=\"q\" "),
              ElementsAre(Pair("a", "1"), Pair("b", "2=3"), Pair("c", ""), Pair("d", "q")));
}

TEST(ParseCookiesTest, LeavesOutWhatTheGrammarDoesNotAllow) {
  EXPECT_THAT(Parsed("=x; na me=1; n\x01=1; ok=1; a=b c; a=b,c; a=\"; a=\x80; \xc3\xa9=1"),
              ElementsAre(Pair("ok", "1")));
  EXPECT_THAT(Parsed(""), IsEmpty());
  EXPECT_THAT(Parsed(";;; ;"), IsEmpty());
}

TEST(ParseCookiesTest, ReadsAtMost128) {
  std::string header;
  for (int i = 0; i < 500; ++i) absl::StrAppend(&header, "n", i, "=v;");
  EXPECT_THAT(Parsed(header), SizeIs(128));
}

TEST(SerializeCookieTest, NamesEveryAttribute) {
  EXPECT_EQ(SerializeCookie({"__Host-n", "v"}, absl::Minutes(10), true),
            "__Host-n=v; Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure");
  EXPECT_EQ(SerializeCookie({"n", ""}, absl::ZeroDuration(), false),
            "n=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
  EXPECT_EQ(SerializeCookie({"n", ""}, -absl::Seconds(5), false),
            "n=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
}

}  // namespace
}  // namespace evertoken
