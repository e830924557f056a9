#include "server/web/url_query.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(UrlQueryTest, ReadsParametersInOrder) {
  const auto query = UrlQuery::Parse("state=a%2Fb&code=c+d&empty=&flag&&state2=%C3%A9");
  ASSERT_THAT(query, IsOk());
  EXPECT_THAT(query->all(),
              ElementsAre(Pair("state", "a/b"), Pair("code", "c d"), Pair("empty", ""),
                          Pair("flag", ""), Pair("state2", "\u00e9")));
  EXPECT_THAT(query->Get("state"), IsOkAndHolds("a/b"));
  EXPECT_THAT(query->Get("missing"), IsOkAndHolds(""));
}

TEST(UrlQueryTest, EqualSignsBelongToTheValue) {
  EXPECT_THAT(UrlQuery::Parse("a=b=c")->Get("a"), IsOkAndHolds("b=c"));
}

TEST(UrlQueryTest, RefusesAParameterThatCameTwiceWhenItIsAskedFor) {
  const auto query = UrlQuery::Parse("state=one&other=1&state=two");
  ASSERT_THAT(query, IsOk());
  EXPECT_THAT(query->Get("state"), HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  EXPECT_THAT(query->Get("other"), IsOkAndHolds("1"));
}

// An encoded name is the same name.
TEST(UrlQueryTest, RefusesARepetitionInDisguise) {
  EXPECT_THAT(UrlQuery::Parse("state=one&st%61te=two")->Get("state"),
              HasReason(v1::ERROR_REASON_REQUEST_INVALID));
}

class BadQueryTest : public testing::TestWithParam<std::string> {};

TEST_P(BadQueryTest, IsRefusedWithoutBeingRepeated) {
  const absl::Status status = UrlQuery::Parse(GetParam()).status();
  EXPECT_THAT(status, HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  EXPECT_EQ(status.message().find("s3cret"), absl::string_view::npos);
}

INSTANTIATE_TEST_SUITE_P(Malformed, BadQueryTest,
                         testing::Values("code=s3cret%", "code=s3cret%2", "code=s3cret%2G",
                                         "code=s3cret%%41", "s3cret%zz=1", "code=s3cret%00",
                                         "code=s3cret%ff", "code=s3cret%C0%AF",
                                         "code=s3cret%ED%A0%80", "code=s3cret\xff"));

TEST(UrlQueryTest, BoundsCountAndSizes) {
  std::string many = "a=1";
  for (int i = 1; i < 64; ++i) many += "&a=1";
  EXPECT_THAT(UrlQuery::Parse(many), IsOk());
  EXPECT_THAT(UrlQuery::Parse(many + "&a=1"), HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  EXPECT_THAT(UrlQuery::Parse(std::string(128, 'n') + "=1"), IsOk());
  EXPECT_THAT(UrlQuery::Parse(std::string(129, 'n') + "=1"),
              HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  EXPECT_THAT(UrlQuery::Parse("v=" + std::string(16384, 'v')), IsOk());
  EXPECT_THAT(UrlQuery::Parse("v=" + std::string(16385, 'v')),
              HasReason(v1::ERROR_REASON_REQUEST_INVALID));
}

TEST(PercentEncodeTest, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode(" +&=?#/<\r\n\xc3\xa9"), "%20%2B%26%3D%3F%23%2F%3C%0D%0A%C3%A9");
}

TEST(EncodeQueryTest, IsReadBackByParse) {
  const UrlQuery::Parameters parameters = {{"state", "a&b=c+d e%\r\n\"<>"}, {"n&m", ""}};
  const auto query = UrlQuery::Parse(EncodeQuery(parameters));
  ASSERT_THAT(query, IsOk());
  EXPECT_EQ(query->all(), parameters);
}

TEST(AddToQueryTest, RespectsWhatTheUriHas) {
  const UrlQuery::Parameters one = {{"a", "1 2"}};
  EXPECT_EQ(AddToQuery("https://app.test/cb", one), "https://app.test/cb?a=1%202");
  EXPECT_EQ(AddToQuery("https://app.test/cb?x=y", one), "https://app.test/cb?x=y&a=1%202");
  EXPECT_EQ(AddToQuery("https://app.test/cb?", one), "https://app.test/cb?a=1%202");
  EXPECT_EQ(AddToQuery("https://app.test/cb?x&", one), "https://app.test/cb?x&a=1%202");
  EXPECT_EQ(AddToQuery("https://app.test/cb#part?", one), "https://app.test/cb?a=1%202#part?");
  EXPECT_EQ(AddToQuery("https://app.test/cb", {}), "https://app.test/cb");
}

}  // namespace
}  // namespace evertoken
