#include "server/base/percent_encoding.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

TEST(PercentEncodingTest, LeavesUnreservedCharactersAsTheyAre) {
  EXPECT_EQ(PercentEncode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(PercentEncode(""), "");
}

TEST(PercentEncodingTest, EncodesEverythingElse) {
  EXPECT_EQ(PercentEncode("a b+c&d=e/f?g%h\r\n"), "a%20b%2Bc%26d%3De%2Ff%3Fg%25h%0D%0A");
  EXPECT_EQ(PercentEncode("\xC3\xA9\xFF"), "%C3%A9%FF");
  EXPECT_EQ(PercentEncode(absl::string_view("\0", 1)), "%00");
}

}  // namespace
}  // namespace evertoken
