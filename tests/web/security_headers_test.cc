#include "server/web/security_headers.h"

#include "gmock/gmock.h"

namespace evertoken {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;

TEST(SecurityHeadersTest, CoverEveryReply) {
  const auto headers = SecurityHeaders(WebResponse(), /*https=*/true);
  EXPECT_THAT(
      headers,
      Contains(Pair("Content-Security-Policy",
                    AllOf(HasSubstr("default-src 'none'"), HasSubstr("frame-ancestors 'none'"),
                          HasSubstr("base-uri 'none'"), HasSubstr("form-action 'none'"),
                          Not(HasSubstr("script-src")), Not(HasSubstr("unsafe"))))));
  EXPECT_THAT(headers, Contains(Pair("X-Content-Type-Options", "nosniff")));
  EXPECT_THAT(headers, Contains(Pair("X-Frame-Options", "DENY")));
  EXPECT_THAT(headers, Contains(Pair("Referrer-Policy", "no-referrer")));
  EXPECT_THAT(headers, Contains(Pair("Cache-Control", "no-store")));
  EXPECT_THAT(headers, Contains(Pair("Strict-Transport-Security", "max-age=31536000")));
}

TEST(SecurityHeadersTest, PlainHttpHasNoHsts) {
  EXPECT_THAT(SecurityHeaders(WebResponse(), /*https=*/false),
              Not(Contains(Key("Strict-Transport-Security"))));
}

TEST(SecurityHeadersTest, OnlyFormPagesMayRunOurScript) {
  WebResponse response;
  response.own_script = true;
  EXPECT_THAT(SecurityHeaders(response, true),
              Contains(Pair("Content-Security-Policy",
                            AllOf(HasSubstr("script-src 'self'"), Not(HasSubstr("unsafe"))))));
}

TEST(SecurityHeadersTest, AReplyMayDecideItsOwnCaching) {
  WebResponse response;
  response.headers.emplace_back("Cache-Control", "public, max-age=300");
  EXPECT_THAT(SecurityHeaders(response, true), Not(Contains(Key("Cache-Control"))));
}

}  // namespace
}  // namespace evertoken
