#include "server/base/json_text.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

TEST(JsonTextTest, QuotesAndEscapes) {
  EXPECT_EQ(JsonQuote("plain"), R"("plain")");
  EXPECT_EQ(JsonQuote(""), R"("")");
  EXPECT_EQ(JsonQuote("a\"b\\c\n"), R"("a\"b\\c\n")");
}

TEST(JsonTextTest, NoControlCharacterGetsThrough) {
  for (char c = 0; c < ' '; ++c) {
    const std::string quoted = JsonQuote(absl::string_view(&c, 1));
    for (const char in_quoted : quoted) EXPECT_GE(in_quoted, ' ') << static_cast<int>(c);
  }
}

TEST(JsonTextTest, KeepsUtf8AndReplacesWhatIsNone) {
  EXPECT_EQ(JsonQuote("\xC3\xA9"), "\"\xC3\xA9\"");
  constexpr char kReplacement[] = "\"\xEF\xBF\xBD\"";
  EXPECT_EQ(JsonQuote("\xFF"), kReplacement);
  EXPECT_NE(JsonQuote("\xC0\xAF").find("\xEF\xBF\xBD"), std::string::npos);      // overlong
  EXPECT_NE(JsonQuote("\xED\xA0\x80").find("\xEF\xBF\xBD"), std::string::npos);  // surrogate
}

}  // namespace
}  // namespace evertoken
