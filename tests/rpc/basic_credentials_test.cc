#include "server/rpc/basic_credentials.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evertoken {
namespace {

std::string Basic(absl::string_view pair) {
  return absl::StrCat("Basic ", absl::Base64Escape(pair));
}

void ExpectPair(absl::string_view header, const std::string& key, const std::string& secret) {
  const std::optional<BasicCredentials> credentials = ParseBasicCredentials(header);
  ASSERT_TRUE(credentials.has_value()) << header;
  EXPECT_EQ(credentials->app_key, key);
  EXPECT_EQ(credentials->app_secret.Reveal(), secret);
}

TEST(BasicCredentialsTest, SplitsAtTheFirstColon) {
  ExpectPair(Basic("app:secret"), "app", "secret");
  ExpectPair(Basic("app:se:cr:et"), "app", "se:cr:et");
  ExpectPair(Basic("app:"), "app", "");
}

TEST(BasicCredentialsTest, SchemeHasNoCaseAndSpacesMayRepeat) {
  ExpectPair("bAsIc YXBwOnNlY3JldA==", "app", "secret");
  ExpectPair("Basic    YXBwOnNlY3JldA==", "app", "secret");
}

TEST(BasicCredentialsTest, KeepsEveryByte) {
  std::string all_bytes;
  for (int c = 0; c < 256; ++c) all_bytes.push_back(static_cast<char>(c));
  ExpectPair(Basic("app:" + all_bytes), "app", all_bytes);
  const std::string key_with_zero("a\0b", 3);
  ExpectPair(Basic(key_with_zero + ":s"), key_with_zero, "s");
}

TEST(BasicCredentialsTest, RefusesWhatIsNotStrict) {
  for (absl::string_view header : {"", "Basic", "Basic ", "Bearer YXBwOnNlY3JldA==",
                                   "BasicYXBwOnNlY3JldA==", "YXBwOnNlY3JldA==",
                                   "Basic YXBwOnNlY3JldA",      // no padding
                                   "Basic YXBwOnNlY3JldA=",     // half the padding
                                   "Basic YXBwOnNlY3JldB==",    // bits beyond the end
                                   "Basic YXBwOn NlY3JldA==",   // a space inside
                                   "Basic YXBwOnNlY3JldA==\n",  // something behind
                                   "Basic YXBwOnNlY3JldA== x",
                                   "Basic YXBw_OnNl-Y3JldA==",  // the other alphabet
                                   "Basic \xff\xfe", "Basic ===="}) {
    EXPECT_FALSE(ParseBasicCredentials(header).has_value()) << absl::CHexEscape(header);
  }
  EXPECT_FALSE(ParseBasicCredentials(Basic("no colon")).has_value());
  EXPECT_FALSE(ParseBasicCredentials(Basic(":secret")).has_value());
}

TEST(BasicCredentialsTest, BoundsTheSize) {
  const std::string key = "app:";
  ExpectPair(Basic(key + std::string(512 - key.size(), 'x')), "app",
             std::string(512 - key.size(), 'x'));
  EXPECT_FALSE(ParseBasicCredentials(Basic(key + std::string(513 - key.size(), 'x'))).has_value());
  EXPECT_FALSE(ParseBasicCredentials(Basic(key + std::string(100000, 'x'))).has_value());
}

}  // namespace
}  // namespace evertoken
