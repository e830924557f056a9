#include "server/provider/json_reader.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace evertoken {
namespace {

bool IsRead(const std::string& text) {
  JsonTree tree(text.size());
  return ReadJson(text, &tree);
}

TEST(JsonReaderTest, ReadsEveryKindOfValue) {
  const std::string text =
      R"([null,true,-9223372036854775808,18446744073709551615,0.25,"a\tb\u00e9",{"k\n":[]}])";
  JsonTree tree(text.size());
  ASSERT_TRUE(ReadJson(text, &tree));
  const JsonNode& root = tree.root();
  EXPECT_EQ(FindElement(root, 0)->kind, JsonNode::Kind::kNull);
  EXPECT_TRUE(FindElement(root, 1)->boolean);
  EXPECT_EQ(FindElement(root, 2)->int64, std::numeric_limits<int64_t>::min());
  EXPECT_EQ(FindElement(root, 3)->uint64, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(FindElement(root, 4)->float64, 0.25);
  EXPECT_EQ(FindElement(root, 5)->text_view(), "a\tb\xc3\xa9");
  EXPECT_EQ(FindMember(*FindElement(root, 6), "k\n")->kind, JsonNode::Kind::kArray);
}

TEST(JsonReaderTest, WantsOneWholeValue) {
  for (const char* text : {"1", " {} \n", "\"x\""}) EXPECT_TRUE(IsRead(text)) << text;
  for (const char* text : {"", " ", "1 2", "{}x", "{\"a\":1", "[1,", "\"x", "tru", "-", "[1]]",
                           "// x\n1", "\"\xc3\"", "\"\\ud800\"", "01", "NaN"}) {
    EXPECT_FALSE(IsRead(text)) << text;
  }
}

TEST(JsonReaderTest, BoundsTheDepth) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(IsRead(nested(32)));
  EXPECT_FALSE(IsRead(nested(33)));
}

// Boost hands out text that has escapes, and long text, in parts.
TEST(JsonReaderTest, JoinsTheTextThatCameInParts) {
  std::string text = "\"";
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    text += "plain\\n";
    expected += "plain\n";
  }
  text += '"';
  JsonTree tree(text.size());
  ASSERT_TRUE(ReadJson(text, &tree));
  EXPECT_EQ(tree.root().text_view(), expected);
}

}  // namespace
}  // namespace evertoken
