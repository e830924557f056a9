#include "server/config/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace evertoken {
namespace {

TEST(Utf8Test, AcceptsWellFormedText) {
  for (const char* text :
       {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(FirstInvalidUtf8(text), absl::string_view::npos) << text;
  }
}

TEST(Utf8Test, FindsTheFirstBadByte) {
  EXPECT_EQ(FirstInvalidUtf8("ab\xff"), 2u);
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xC3("}) {
    EXPECT_EQ(FirstInvalidUtf8(bad), 0u);
  }
}

TEST(Utf8Test, DisplaysInOneShortLine) {
  EXPECT_EQ(ForDisplay("a\nb\x7f"), "a?b?");
  EXPECT_EQ(ForDisplay(std::string(79, 'a') + "\xC3\xA9z"), std::string(79, 'a') + "...");
}

}  // namespace
}  // namespace evertoken
