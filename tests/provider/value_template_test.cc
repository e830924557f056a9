#include "server/provider/value_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

std::optional<std::string> Expand(absl::string_view text, absl::string_view json) {
  const absl::StatusOr<ValueTemplate> parsed = ValueTemplate::Parse(text);
  EXPECT_THAT(parsed.status(), IsOk()) << text;
  const std::shared_ptr<const JsonDocument> document = JsonDocument::Parse(json);
  return parsed.ok() ? parsed->Expand(document->root()) : std::nullopt;
}

TEST(ValueTemplateTest, PutsTextsInPlaceOfPointers) {
  EXPECT_EQ(Expand("{/y}-{/d}", R"({"y":1990,"d":"12-31"})"), "1990-12-31");
  EXPECT_EQ(Expand("{/a/0} & {/a/1}", R"({"a":["x"," y\n"]})"), "x & y");
  EXPECT_EQ(Expand("website", "{}"), "website");
  EXPECT_EQ(Expand("{}", R"("it")"), "it");
  EXPECT_EQ(Expand("{{{/a}}}", R"({"a":true})"), "{true}");
}

TEST(ValueTemplateTest, EncodesInUrlsOnly) {
  const char* json = R"({"a":"a/b?c#d e","b":"..","c":"x/../../y"})";
  EXPECT_EQ(Expand("https://x.test/{/a}.png", json), "https://x.test/a/b%3Fc%23d%20e.png");
  EXPECT_EQ(Expand("{/a}", json), "a/b?c#d e");
  EXPECT_EQ(Expand("https://x.test/{/b}/me", json), std::nullopt);
  EXPECT_EQ(Expand("https://x.test/{/c}/me", json), std::nullopt);
}

TEST(ValueTemplateTest, NeedsEveryValue) {
  for (const char* json : {"{}", R"({"a":null})", R"({"a":""})", R"({"a":{}})", R"({"a":[1]})"})
    EXPECT_EQ(Expand("x{/a}", json), std::nullopt) << json;
}

TEST(ValueTemplateTest, RefusesWhatIsNoTemplate) {
  for (const char* text : {"{", "}", "{/a", "/a}", "{a}", "{/a}}", "{/~2}"})
    EXPECT_FALSE(ValueTemplate::Parse(text).ok()) << text;
}

}  // namespace
}  // namespace evertoken
