#include "server/config/address_rules.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

TEST(ParseHostPortTest, TakesNamesAndBothKindsOfAddress) {
  const struct {
    const char* text;
    const char* host;
    int port;
  } cases[] = {
      {"127.0.0.1:8443", "127.0.0.1", 8443}, {"[::1]:0", "::1", 0},
      {"0.0.0.0:65535", "0.0.0.0", 65535},   {"[::]:443", "::", 443},
      {"localhost:80", "localhost", 80},     {"my-host.example:6379", "my-host.example", 6379},
  };
  for (const auto& c : cases) {
    const absl::StatusOr<HostPort> parsed = ParseHostPort(c.text);
    ASSERT_TRUE(parsed.ok()) << c.text;
    EXPECT_EQ(parsed->host, c.host);
    EXPECT_EQ(parsed->port, c.port);
  }
}

TEST(ParseHostPortTest, RefusesWhatIsNoAddress) {
  for (const char* text : {"",           "8443",    ":8443",     "host",           "host:",
                           "host:65536", "host:-1", "host:80x",  "host:000080",    "::1:80",
                           "[::1]",      "[::1]80", "[host]:80", "300.1.1.1:80",   "1.2.3:80",
                           "a b:80",     "a..b:80", "-a:80",     "http://host:80", "host:80/"}) {
    EXPECT_FALSE(ParseHostPort(text).ok()) << text;
  }
}

TEST(IsLoopbackHostTest, KnowsThisMachineOnly) {
  for (const char* host : {"127.0.0.1", "127.255.1.2", "::1", "localhost", "LocalHost"})
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.com",
                           "localhost.example.com", "128.0.0.1", ""}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

TEST(CheckBrowserUrlTest, TakesHttpsAndLoopbackHttp) {
  for (const char* url :
       {"https://app.example/after", "https://app.example",
        "https://app.example:8443/a/b?c=d&e=%20", "http://localhost/x", "http://127.0.0.1:3000/cb",
        "http://[::1]:3000/cb", "https://[2001:db8::1]/"}) {
    EXPECT_TRUE(CheckBrowserUrl(url).ok()) << url << ": " << CheckBrowserUrl(url);
  }
}

TEST(CheckBrowserUrlTest, RefusesEverythingElse) {
  for (const char* url : {"",
                          "/relative",
                          "app.example/after",
                          "//app.example",
                          "http://app.example/",
                          "ftp://app.example/",
                          "javascript:alert(1)",
                          "com.example.app:/cb",
                          "https://app.example/#fragment",
                          "https://app.example/#",
                          "https://user@app.example/",
                          "https://user:pass@app.example/",
                          "https://",
                          "https:///path",
                          "https://app.example:0/",
                          "https://app.example:99999/",
                          "https://app example/",
                          "https://app.example/a b",
                          "https://app.example/\n",
                          "https://app.example\\@evil.example/",
                          "https://app.example/{x}",
                          "http://127.0.0.1.evil.example/",
                          "http://localhost.evil.example/",
                          "HTTPS://app.example/"}) {
    EXPECT_FALSE(CheckBrowserUrl(url).ok()) << url;
  }
}

TEST(CheckOriginTest, RefusesWhatFollowsTheHost) {
  EXPECT_TRUE(CheckOrigin("https://login.example").ok());
  EXPECT_TRUE(CheckOrigin("http://localhost:8080").ok());
  for (const char* url :
       {"https://login.example/", "https://login.example/base", "https://login.example?x",
        "https://login.example#x", "http://login.example"}) {
    EXPECT_FALSE(CheckOrigin(url).ok()) << url;
  }
}

}  // namespace
}  // namespace evertoken
