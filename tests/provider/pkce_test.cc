#include "server/provider/pkce.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

TEST(PkceTest, MakesTheChallengeOfTheStandardsExample) {
  // RFC 7636 appendix B.
  EXPECT_EQ(CodeChallenge(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(PkceTest, VerifiersAreFreshAndLongEnough) {
  const Secret one = NewCodeVerifier();
  EXPECT_EQ(one.size(), 43u);
  EXPECT_NE(one.Reveal(), NewCodeVerifier().Reveal());
}

}  // namespace
}  // namespace evertoken
