#include "server/provider/url_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<std::string> Expand(absl::string_view text,
                                   const std::map<std::string, std::string>& values) {
  return ExpandUrl(text, [&](absl::string_view name) -> std::optional<std::string> {
    const auto value = values.find(std::string(name));
    if (value == values.end()) return std::nullopt;
    return value->second;
  });
}

TEST(UrlTemplateTest, EncodesByPosition) {
  EXPECT_THAT(
      Expand("https://{h}.test/{p}/x?q={q}", {{"h", "a-b"}, {"p", "a/../b?c"}, {"q", "1&2=3#"}}),
      IsOkAndHolds(std::string("https://a-b.test/a%2F..%2Fb%3Fc/x?q=1%262%3D3%23")));
}

TEST(UrlTemplateTest, AWholeUrlStaysAsItIs) {
  EXPECT_THAT(
      Expand("{instance:issuer}/path/{p}", {{"instance:issuer", "https://a.test/t"}, {"p", "x y"}}),
      IsOkAndHolds(std::string("https://a.test/t/path/x%20y")));
}

TEST(UrlTemplateTest, AHostIsOnlyAHost) {
  for (const char* host : {"a/b", "a@b", "a:80", "a?b", "a#b", "", ".a", "a.", "a b", "\xC3\xA9"}) {
    EXPECT_FALSE(Expand("https://{h}/", {{"h", host}}).ok()) << host;
  }
}

TEST(UrlTemplateTest, DotSegmentsCannotClimb) {
  EXPECT_FALSE(Expand("https://a.test/x/{p}/y", {{"p", ".."}}).ok());
  EXPECT_FALSE(Expand("https://a.test/x/{p}/y", {{"p", "."}}).ok());
}

TEST(UrlTemplateTest, ErrorsNameThePlaceholderAndNeverTheValue) {
  EXPECT_THAT(Expand("https://a.test/{missing}", {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("{missing}")));
  EXPECT_THAT(std::string(Expand("https://{h}/", {{"h", "s3cret/"}}).status().message()),
              Not(HasSubstr("s3cret")));
}

TEST(UrlTemplateTest, RefusesStrayBracesAndOddNames) {
  for (const char* text :
       {"{", "}", "a{b", "a}b", "{}", "{A}", "{a b}", "{a{b}}", "{../x}", "{{{", "}}}", "{{a}"}) {
    EXPECT_FALSE(PlaceholdersOf(text).ok()) << text;
  }
}

TEST(UrlTemplateTest, FindsPlaceholdersAndTheirPositions) {
  const auto found = PlaceholdersOf("https://{a}.test/{b}?{c}={d}");
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->size(), 4u);
  EXPECT_EQ((*found)[0].position, UrlPosition::kHost);
  EXPECT_EQ((*found)[1].position, UrlPosition::kPath);
  EXPECT_EQ((*found)[2].position, UrlPosition::kQuery);
  EXPECT_EQ((*found)[3].name, "d");
  EXPECT_EQ((*PlaceholdersOf("{a}/b/{c}"))[0].position, UrlPosition::kWhole);
  EXPECT_EQ((*PlaceholdersOf("{a}/b/{c}"))[1].position, UrlPosition::kPath);
}

TEST(UrlTemplateTest, DoubledBracesArePlainOnes) {
  const auto value = [](absl::string_view name) {
    return std::optional<std::string>(std::string(name));
  };
  EXPECT_THAT(ExpandText(R"({{"a":{{"b":"{c}"}}}})", value),
              IsOkAndHolds(std::string(R"({"a":{"b":"c"}})")));
  EXPECT_THAT(ExpandText("{{{a}}}", value), IsOkAndHolds(std::string("{a}")));
  EXPECT_THAT(ExpandText("}}{{", value), IsOkAndHolds(std::string("}{")));
  EXPECT_EQ(PlaceholdersOf("{{a}}{b}")->size(), 1u);
}

TEST(UrlTemplateTest, TextIsNotEncoded) {
  EXPECT_THAT(
      ExpandText("x {a} y", [](absl::string_view) { return std::optional<std::string>("1&2"); }),
      IsOkAndHolds(std::string("x 1&2 y")));
}

}  // namespace
}  // namespace evertoken
