#include "server/rpc/listen_address.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::HasSubstr;

bool IsLoopback(absl::string_view text) {
  const absl::StatusOr<ListenAddress> address = ListenAddress::Parse(text);
  EXPECT_THAT(address, IsOk()) << text;
  return address.ok() && address->loopback;
}

TEST(ListenAddressTest, KnowsLoopback) {
  for (absl::string_view text : {"127.0.0.1:8443", "127.9.9.9:0", "localhost:1", "[::1]:65535"}) {
    EXPECT_TRUE(IsLoopback(text)) << text;
  }
  for (absl::string_view text : {"0.0.0.0:8443", "[::]:8443", "10.0.0.1:1", "host.test:1",
                                 "128.0.0.1:1", "[::2]:1", "localhost.test:1"}) {
    EXPECT_FALSE(IsLoopback(text)) << text;
  }
}

TEST(ListenAddressTest, RefusesWhatIsNotHostAndPort) {
  for (absl::string_view text : {"",
                                 ":",
                                 ":80",
                                 "127.0.0.1",
                                 "127.0.0.1:",
                                 "127.0.0.1:65536",
                                 "127.0.0.1:-1",
                                 "127.0.0.1:+1",
                                 "127.0.0.1: 1",
                                 "127.0.0.1:99999999999999999999",
                                 "127.0.0.1:http",
                                 "::1:80",
                                 "[::1:80",
                                 "[]:80",
                                 "[host]:80",
                                 "a b:80",
                                 "unix:80",
                                 "unix:/tmp/socket:80",
                                 "vsock:1",
                                 "dns:///host:80",
                                 "a%2eb:80"}) {
    EXPECT_THAT(ListenAddress::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("host:port")))
        << text;
  }
}

}  // namespace
}  // namespace evertoken
