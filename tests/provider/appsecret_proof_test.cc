#include "server/provider/appsecret_proof.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

TEST(AppsecretProofTest, IsHmacSha256InHex) {
  // RFC 4231 test case 2: the key is "Jefe".
  EXPECT_EQ(AppsecretProof("what do ya want for nothing?", "Jefe"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace evertoken
