#include "server/provider/form_encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(FormEncodingTest, EncodesEverythingThatCouldMeanSomething) {
  EXPECT_EQ(PercentEncode("aZ0-._~"), "aZ0-._~");
  EXPECT_EQ(PercentEncode(" +&=%/?#\xC3\xA9"), "%20%2B%26%3D%25%2F%3F%23%C3%A9");
  EXPECT_EQ(EncodeForm({{"a b", "c&d"}, {"e", ""}}), "a%20b=c%26d&e=");
}

TEST(FormEncodingTest, DecodesWhatItEncodes) {
  const FormFields fields = {{"a b", "c&d=e+f"}, {"", "x"}, {"y", ""}};
  EXPECT_EQ(DecodeForm(EncodeForm(fields)), fields);
  EXPECT_THAT(*DecodeForm("a=1+2&&b"), ElementsAre(Pair("a", "1 2"), Pair("b", "")));
}

TEST(FormEncodingTest, RefusesBadEscapesAndTooMuch) {
  for (const char* text : {"a=%", "a=%4", "a=%zz", "%G0=a"})
    EXPECT_FALSE(DecodeForm(text).has_value()) << text;
  std::string many;
  for (int i = 0; i < 300; ++i) absl::StrAppend(&many, "a=b&");
  EXPECT_FALSE(DecodeForm(many).has_value());
}

TEST(FormEncodingTest, AddsToQueries) {
  EXPECT_EQ(AppendQuery("https://a.test/p", {}), "https://a.test/p");
  EXPECT_EQ(AppendQuery("https://a.test/p", {{"q", "1"}}), "https://a.test/p?q=1");
  EXPECT_EQ(AppendQuery("https://a.test/p?x=y", {{"q", "1"}}), "https://a.test/p?x=y&q=1");
  EXPECT_EQ(AppendQuery("https://a.test/p?", {{"q", "1"}}), "https://a.test/p?q=1");
}

}  // namespace
}  // namespace evertoken
