#include "server/commands/secret_strength.h"

#include <gtest/gtest.h>

#include "server/base/ids.h"

namespace evertoken {
namespace {

bool Strong(const std::string& secret) { return CheckSecretStrength(Secret(secret)).ok(); }

TEST(SecretStrengthTest, TakesWhatMayHold128RandomBits) {
  EXPECT_TRUE(Strong(RandomToken(32)));
  EXPECT_TRUE(Strong(RandomGuid()));
  EXPECT_TRUE(Strong("0123456789abcdef0123456789ABCDEF"));
  EXPECT_TRUE(Strong("AbCdEfGhIjKlMnOpQrStUv"));
}

TEST(SecretStrengthTest, RefusesWhatIsTooShort) {
  EXPECT_FALSE(Strong(""));
  EXPECT_FALSE(Strong("hunter2"));
  EXPECT_FALSE(Strong("AbCdEfGhIjKlMnOpQrStU"));
  EXPECT_FALSE(Strong("0123456789abcdef0123456789ABCDE"));
}

TEST(SecretStrengthTest, RefusesWhatHasFewDifferentCharacters) {
  EXPECT_FALSE(Strong(std::string(64, 'x')));
  EXPECT_FALSE(Strong("abcabcabcabcabcabcabcabcabcabcabcabc"));
}

TEST(SecretStrengthTest, RefusesWhatBasicAuthenticationCannotCarry) {
  EXPECT_FALSE(Strong("AbCdEfGhIjKl MnOpQrStUvWxYz"));
  EXPECT_FALSE(Strong("AbCdEfGhIjKl\tMnOpQrStUvWxYz"));
  EXPECT_FALSE(Strong("AbCdEfGhIjKlMnOpQrStUvWx\xc3\xa9"));
  EXPECT_FALSE(Strong(RandomToken(300)));
}

}  // namespace
}  // namespace evertoken
