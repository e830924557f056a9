#include "server/provider/md5_signature.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

// printf %s tokensecret | md5sum: 1b0ebffcd35423aa7674c8cbb60581e4; printf %s a=1b=21b0e... | md5sum.
TEST(Md5SignatureTest, IsTheOneComputedByHand) {
  EXPECT_EQ(Md5Signature({{"b", "2"}, {"access_token", "token"}, {"a", "1"}}, "token", "secret"),
            "64836688d8366e99ad27ea727c7037de");
}

TEST(Md5SignatureTest, DependsOnEverythingButTheTokensParameter) {
  const auto plain = Md5Signature({{"a", "1"}}, "token", "secret");
  EXPECT_EQ(Md5Signature({{"a", "1"}, {"access_token", "x"}}, "token", "secret"), plain);
  EXPECT_NE(Md5Signature({{"a", "2"}}, "token", "secret"), plain);
  EXPECT_NE(Md5Signature({{"a", "1"}}, "other", "secret"), plain);
  EXPECT_NE(Md5Signature({{"a", "1"}}, "token", "other"), plain);
}

}  // namespace
}  // namespace evertoken
