#include "server/provider/base64url.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

TEST(Base64UrlTest, DecodesWithoutPadding) {
  EXPECT_EQ(DecodeBase64Url(""), "");
  EXPECT_EQ(DecodeBase64Url("Zg"), "f");
  EXPECT_EQ(DecodeBase64Url("Zm8"), "fo");
  EXPECT_EQ(DecodeBase64Url("Zm9v"), "foo");
  EXPECT_EQ(DecodeBase64Url("-_-_"), "\xFB\xFF\xBF");
}

TEST(Base64UrlTest, RefusesEverythingElse) {
  for (const char* text :
       {"Z", "Zm9vY", "Zg==", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm.v", "\xC3\xA9"}) {
    EXPECT_FALSE(DecodeBase64Url(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace evertoken
