#include "server/provider/reply_hosts.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

config::v1::Provider Entry() {
  config::v1::Provider entry;
  entry.add_reply_hosts("api.acme.test");
  entry.add_reply_hosts(".below.acme.test");
  return entry;
}

TEST(ReplyHostsTest, PermitsTheNamedHostsAndThoseBelow) {
  for (const char* url :
       {"https://api.acme.test", "https://api.acme.test/id/1?x=y", "https://API.acme.test?x",
        "https://a.below.acme.test/", "https://a.b.below.acme.test/"}) {
    EXPECT_TRUE(IsAtReplyHost(Entry(), url)) << url;
  }
}

TEST(ReplyHostsTest, RefusesEverythingElse) {
  for (const char* url : {"",
                          "/id",
                          "http://api.acme.test/",
                          "HTTPS://api.acme.test/",
                          "https://acme.test/",
                          "https://x.api.acme.test/",
                          "https://below.acme.test/",
                          "https://evil.test/api.acme.test",
                          "https://evilbelow.acme.test/",
                          "https://evil.test#.below.acme.test/",
                          "https://evil.test\\.below.acme.test/",
                          "https://evil.test?.below.acme.test",
                          "https://api.acme.test@evil.test/",
                          "https://evil.test@api.acme.test/",
                          "https://api.acme.test:8443/",
                          "https://api.acme.test:443/",
                          "https://api.acme.test./",
                          "https://.below.acme.test/",
                          "https://a..below.acme.test/",
                          "https://[::1]/",
                          "https://127.0.0.1/",
                          "https://evil.test%2f.below.acme.test/",
                          "https://api.acme.test/#f",
                          "https://api.acme.test/a b",
                          "https://api.acme.test/a\r\nb"}) {
    EXPECT_FALSE(IsAtReplyHost(Entry(), url)) << url;
  }
  EXPECT_FALSE(IsAtReplyHost(config::v1::Provider(), "https://api.acme.test/"));
}

TEST(ReplyHostsTest, APatternIsANameOfTwoLabels) {
  for (const char* pattern : {"acme.test", ".acme.test", "a-1.b2.acme.test"})
    EXPECT_TRUE(IsReplyHostPattern(pattern)) << pattern;
  for (const char* pattern : {"", ".", ".test", "localhost", "Acme.test", "*.acme.test",
                              "..acme.test", "acme.test.", "127.0.0.1", "1.0x7f", "acme.test:443",
                              "{kept:h}.test", "https://acme.test", "-a.test", "a-.test"}) {
    EXPECT_FALSE(IsReplyHostPattern(pattern)) << pattern;
  }
}

TEST(ReplyHostsTest, KnowsWhereAReplyNamesTheHost) {
  EXPECT_TRUE(BeginsWithKeptValue("{kept:base}/me"));
  EXPECT_FALSE(BeginsWithKeptValue("{instance:base}/{kept:id}"));
  EXPECT_FALSE(BeginsWithKeptValue("https://acme.test/{kept:id}"));
}

}  // namespace
}  // namespace evertoken
