// `evertoken serve` as a process: starts, readiness, refusals and endings.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "tests/fakes/redis_process.h"
#include "tests/integration/server/health_client.h"
#include "tests/integration/server/running_server.h"
#include "tests/web/web_client.h"

namespace evertoken {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr char kReady[] = "\"event\":\"store_ready\"";

int StatusOf(const RunningServer& server, const std::string& path) {
  return Ask(server.web_port(), Request(path)).status;
}

// A socket that listens on a free port of loopback, as another program would.
class TakenPort {
 public:
  TakenPort() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_, 1), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  }
  ~TakenPort() { close(socket_); }
  const std::string& address() const { return address_; }

 private:
  const int socket_;
  std::string address_;
};

TEST(ServeTest, ServesFromTheEmbeddedStoreAndDrainsOnSigterm) {
  RunningServer server("");
  ASSERT_TRUE(server.WaitForPorts()) << server.Log();
  ASSERT_TRUE(server.WaitForLog(kReady));
  EXPECT_EQ(CheckHealth(server.grpc_port()), "SERVING");
  EXPECT_EQ(CheckHealth(server.grpc_port(), "evertoken.v1.TokenService"), "SERVING");
  EXPECT_EQ(StatusOf(server, "/healthz"), 200);
  EXPECT_EQ(StatusOf(server, "/readyz"), 200);
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitForExit(), 0) << server.Log();
  EXPECT_THAT(server.Log(),
              AllOf(HasSubstr("\"event\":\"serving\""), HasSubstr("\"event\":\"draining\""),
                    HasSubstr("\"event\":\"stopped\"")));
}

TEST(ServeTest, LogsOneObjectALine) {
  RunningServer server("logging: {level: debug}");
  ASSERT_TRUE(server.WaitForLog(kReady));
  server.Signal(SIGINT);
  EXPECT_EQ(server.WaitForExit(), 0);
  std::istringstream lines(server.Log());
  for (std::string line; std::getline(lines, line);)
    EXPECT_THAT(line, MatchesRegex("\\{\"time\":.*\\}")) << line;
}

TEST(ServeTest, FilesBelongToItsUserOnly) {
  RunningServer server("");
  ASSERT_TRUE(server.WaitForLog(kReady));
  struct stat info;
  ASSERT_EQ(stat((server.folder() + "/data/evertoken.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 077, 0u);
}

TEST(ServeTest, TakesEveryFileDescriptorAndLeavesNoCore) {
  RunningServer server("");
  ASSERT_TRUE(server.WaitForPorts());
  std::stringstream limits;
  limits << std::ifstream(absl::StrCat("/proc/", server.pid(), "/limits")).rdbuf();
  char soft[32] = "", hard[32] = "";
  const std::string text = limits.str();
  ASSERT_EQ(
      sscanf(text.c_str() + text.find("Max open files"), "Max open files %31s %31s", soft, hard), 2)
      << text;
  EXPECT_STREQ(soft, hard);
  ASSERT_EQ(sscanf(text.c_str() + text.find("Max core file size"), "Max core file size %31s %31s",
                   soft, hard),
            2)
      << text;
  EXPECT_STREQ(soft, "0");
  EXPECT_STREQ(hard, "0");
}

TEST(ServeTest, IsNotReadyWhileTheStoreIsDownAndReadyWhenItComes) {
  RedisProcess redis;
  redis.Kill();
  RunningServer server(absl::StrCat("store: {redis: {address: '127.0.0.1:", redis.port(),
                                    "', operation_timeout: 500ms}, outage_reads: 0s}"));
  ASSERT_TRUE(server.WaitForPorts()) << server.Log();
  ASSERT_TRUE(server.WaitForLog("store_unreachable"));
  EXPECT_EQ(CheckHealth(server.grpc_port()), "NOT_SERVING");
  EXPECT_EQ(StatusOf(server, "/healthz"), 200);
  EXPECT_EQ(StatusOf(server, "/readyz"), 503);
  redis.Start();
  ASSERT_TRUE(server.WaitForLog(kReady)) << server.Log();
  EXPECT_EQ(CheckHealth(server.grpc_port()), "SERVING");
  EXPECT_EQ(StatusOf(server, "/readyz"), 200);
  redis.Kill();
  ASSERT_TRUE(server.WaitForLog("store_unready")) << server.Log();
  EXPECT_EQ(CheckHealth(server.grpc_port()), "NOT_SERVING");
  EXPECT_EQ(StatusOf(server, "/readyz"), 503);
}

TEST(ServeTest, DrainsAlsoWhileTheStoreIsDown) {
  TakenPort silent;  // accepts and never answers
  RunningServer server(absl::StrCat("store: {redis: {address: '", silent.address(),
                                    "'}}\nlimits: {drain_timeout: 1s}"));
  ASSERT_TRUE(server.WaitForPorts());
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitForExit(), 0) << server.Log();
}

TEST(ServeTest, APortInUseIsSaidAndEndsIt) {
  TakenPort taken;
  for (const char* listener : {"grpc", "web"}) {
    RunningServer server(absl::StrCat(listener, ": {listen: '", taken.address(), "'}"));
    EXPECT_FALSE(server.WaitForPorts());
    EXPECT_EQ(server.WaitForExit(), 1);
    EXPECT_THAT(server.Log(), AllOf(HasSubstr("evertoken serve: "), HasSubstr(taken.address())))
        << listener;
  }
}

TEST(ServeTest, TheWebListenerCanBeOff) {
  RunningServer server("web: {listen: 'off'}");
  ASSERT_TRUE(server.WaitForPorts());
  EXPECT_EQ(server.web_port(), 0);
  ASSERT_TRUE(server.WaitForLog(kReady));
  EXPECT_EQ(CheckHealth(server.grpc_port()), "SERVING");
}

TEST(ServeTest, TellsAllProblemsOfItsConfigurationAndEnds) {
  RunningServer server("grpd: {}\nlimits: {event_loops: 99}",
                       {{"EVERTOKEN_STORE__REDIS__PASSWORT", "hunter2"}});
  EXPECT_FALSE(server.WaitForPorts());
  EXPECT_EQ(server.WaitForExit(), 1);
  EXPECT_THAT(server.Log(),
              AllOf(HasSubstr("evertoken.yaml:5: grpd: unknown key"),
                    HasSubstr("limits.event_loops: must be 1 to 64"),
                    HasSubstr("EVERTOKEN_STORE__REDIS__PASSWORT"), Not(HasSubstr("hunter2"))));
}

TEST(ServeTest, AnOverrideChangesWhatTheFileSays) {
  RunningServer server("store: {sqlite: {path: /no/such/place/x.db}}",
                       {{"EVERTOKEN_STORE__MEMORY", "{}"}});
  ASSERT_TRUE(server.WaitForLog(kReady)) << server.Log();
}

TEST(ServeTest, AStoreThatCannotWorkEndsItWithTheReason) {
  RunningServer server("store: {sqlite: {path: keys.yaml}}");
  EXPECT_FALSE(server.WaitForPorts());
  EXPECT_EQ(server.WaitForExit(), 1);
  EXPECT_THAT(server.Log(), HasSubstr("keys.yaml"));
}

}  // namespace
}  // namespace evertoken
