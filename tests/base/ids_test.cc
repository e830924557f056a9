#include "server/base/ids.h"

#include <bitset>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evertoken {
namespace {

using ::testing::MatchesRegex;

TEST(IdsTest, TokensAreBase64UrlWithoutPadding) {
  EXPECT_EQ(RandomToken(0), "");
  EXPECT_THAT(RandomToken(1), MatchesRegex("[A-Za-z0-9_-]{2}"));
  EXPECT_THAT(RandomToken(16), MatchesRegex("[A-Za-z0-9_-]{22}"));
  EXPECT_THAT(RandomToken(32), MatchesRegex("[A-Za-z0-9_-]{43}"));
}

TEST(IdsTest, GuidsHaveTheShapeThatTypedClientsParse) {
  const std::string guid = RandomGuid();
  EXPECT_THAT(guid, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"));
  EXPECT_TRUE(IsGuid(guid));
}

TEST(IdsTest, NoTwoAreTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 10000; ++i) EXPECT_TRUE(seen.insert(RandomGuid()).second);
}

// Every bit of a GUID is random, those too that a version 4 UUID would fix.
TEST(IdsTest, EveryDigitOfAGuidVaries) {
  std::bitset<16> seen[36];
  for (int i = 0; i < 2000; ++i) {
    const std::string guid = RandomGuid();
    for (size_t j = 0; j < guid.size(); ++j) {
      if (guid[j] != '-') seen[j].set(std::stoul(guid.substr(j, 1), nullptr, 16));
    }
  }
  for (size_t j = 0; j < 36; ++j) {
    const bool dash = j == 8 || j == 13 || j == 18 || j == 23;
    EXPECT_EQ(seen[j].count(), dash ? 0u : 16u) << j;
  }
}

TEST(IdsTest, RecognizesGuidsInEitherCaseAndNothingElse) {
  EXPECT_TRUE(IsGuid("01234567-89ab-cdef-0123-456789abcdef"));
  EXPECT_TRUE(IsGuid("01234567-89AB-CDEF-0123-456789ABCDEF"));
  for (const char* other :
       {"", "01234567-89ab-cdef-0123-456789abcde", "01234567-89ab-cdef-0123-456789abcdef0",
        "0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdeg",
        "012345678-9ab-cdef-0123-456789abcdef", "{1234567-89ab-cdef-0123-456789abcde}",
        "01234567-89ab-cdef-0123-456789abcd\xc3\xa9"}) {
    EXPECT_FALSE(IsGuid(other)) << other;
  }
}

}  // namespace
}  // namespace evertoken
