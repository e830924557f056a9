#include "server/http/egress_policy.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kDenied = absl::StatusCode::kPermissionDenied;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

TEST(EgressPolicyTest, PermitsNothingUntilTold) {
  EgressPolicy policy(false);
  EXPECT_THAT(policy.Check("https://idp.example/token"),
              StatusIs(kDenied, HasSubstr("https://idp.example:443")));
  EXPECT_THAT(policy.Allow("https://idp.example/.well-known/openid-configuration"), IsOk());
  EXPECT_THAT(policy.Check("https://idp.example/token"), IsOk());
}

TEST(EgressPolicyTest, OneOriginHasManySpellings) {
  EgressPolicy policy(false);
  ASSERT_THAT(policy.Allow("https://idp.example"), IsOk());
  for (const char* same :
       {"https://idp.example/", "https://idp.example:443/x", "https://IDP.Example/x?y=z",
        "HTTPS://idp.example?x", "https://idp.example:0443/"}) {
    EXPECT_THAT(policy.Check(same), IsOk()) << same;
  }
}

TEST(EgressPolicyTest, OtherOriginsStayClosed) {
  EgressPolicy policy(true);
  ASSERT_THAT(policy.Allow("https://idp.example"), IsOk());
  for (const char* other : {"http://idp.example/",
                            "https://idp.example:8443/",
                            "https://idp.example.evil.test/",
                            "https://evil.test/idp.example",
                            "https://evil.test/?https://idp.example",
                            "https://xidp.example",
                            "https://sub.idp.example",
                            "https://idp.example.",
                            "https://idp.example@evil.test/",
                            "https://idp.example:443@evil.test/",
                            "https://evil.test\\@idp.example/",
                            "https://idp.example\\.evil.test/",
                            "https:///idp.example",
                            "https:idp.example",
                            "//idp.example",
                            "idp.example",
                            "https://idp.example%2eevil.test/",
                            "https://idp.example%00.evil.test/",
                            "https://idp.example\t.evil.test/",
                            "https://idp.example\n",
                            " https://idp.example",
                            "https://idp.example#@evil.test/",
                            "ftp://idp.example/",
                            "file:///etc/passwd",
                            "https://169.254.169.254/",
                            "https://[::ffff:169.254.169.254]/",
                            ""}) {
    EXPECT_THAT(policy.Check(other), StatusIs(kDenied)) << other;
  }
}

TEST(EgressPolicyTest, RefusesToPermitWhatTwoParsersMayReadDifferently) {
  EgressPolicy policy(true);
  for (const char* bad : {"https://user@idp.example",
                          "https://user:pw@idp.example",
                          "https://@idp.example",
                          "https://idp.example:0",
                          "https://idp.example:65536",
                          "https://idp.example:",
                          "https://idp.example:4a",
                          "https://idp.example:+443",
                          "https://idp.example:99999999999999999999",
                          "https://",
                          "https:///x",
                          "https://.",
                          "https://a..b",
                          "https://-a.example",
                          "https://a-.example",
                          "https://idp.example.",
                          "https://münchen.example",
                          "https://idp.example/ä",
                          "https://a b",
                          "https://a%41",
                          "https://a/#x",
                          "https://[::1",
                          "https://[]",
                          "https://[::1]x",
                          "https://[fe80::1%25eth0]",
                          "https://[1.2.3.4]",
                          "https://a,b",
                          "https://a;b",
                          "https://a'b",
                          "https://a|b",
                          "mailto:a@b",
                          "javascript://x"}) {
    EXPECT_THAT(policy.Allow(bad), StatusIs(kInvalid, HasSubstr("the URL "))) << bad;
  }
  EXPECT_THAT(policy.Allow("https://" + std::string(64, 'a')), StatusIs(kInvalid));
  EXPECT_THAT(policy.Allow("https://idp.example/" + std::string(8192, 'a')),
              StatusIs(kInvalid, HasSubstr("longer")));
  EXPECT_THAT(policy.Allow(std::string("https://idp.example\0.x", 22)), StatusIs(kInvalid));
}

TEST(EgressPolicyTest, HttpOnlyOnLoopbackAndOnlyWhereAllowed) {
  EgressPolicy strict(false);
  EXPECT_THAT(strict.Allow("http://127.0.0.1:8080/"),
              StatusIs(kInvalid, HasSubstr("is not https")));

  EgressPolicy lenient(true);
  for (const char* loopback :
       {"http://127.0.0.1:8080/", "http://127.9.8.7", "http://localhost:1", "http://LOCALHOST",
        "http://[::1]:8080/", "http://[0:0:0:0:0:0:0:1]"}) {
    EXPECT_THAT(lenient.Allow(loopback), IsOk()) << loopback;
  }
  for (const char* far :
       {"http://idp.example", "http://128.0.0.1", "http://127.0.0.1.evil.test",
        "http://localhost.evil.test", "http://127.1", "http://2130706433", "http://0x7f.0.0.1",
        "http://0.0.0.0", "http://[::]", "http://[::ffff:127.0.0.1]"}) {
    EXPECT_THAT(lenient.Allow(far), StatusIs(kInvalid, HasSubstr("not a loopback"))) << far;
  }
}

TEST(EgressPolicyTest, Ipv6AddressesAreComparedByValue) {
  EgressPolicy policy(false);
  ASSERT_THAT(policy.Allow("https://[2001:DB8:0:0::1]:8443/"), IsOk());
  EXPECT_THAT(policy.Check("https://[2001:db8::1]:8443/token"), IsOk());
  EXPECT_THAT(policy.Check("https://[2001:db8::2]:8443/token"), StatusIs(kDenied));
}

TEST(EgressPolicyTest, MessagesHoldNoMoreThanTheOrigin) {
  EgressPolicy policy(false);
  EXPECT_THAT(
      policy.Check("https://idp.example/path-part?code=secret-part"),
      StatusIs(kDenied, Not(testing::AnyOf(HasSubstr("secret-part"), HasSubstr("path-part")))));
  EXPECT_THAT(policy.Check("https://user:secret-part@idp.example/"),
              StatusIs(kDenied, Not(HasSubstr("secret-part"))));
}

}  // namespace
}  // namespace evertoken
