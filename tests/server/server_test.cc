#include "server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "server/config/file_text.h"
#include "server/config/key_ring_file.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;

// What a configuration with these further lines amounts to.
ServerFiles Files(const std::string& more) {
  const std::string folder = absl::StrCat(
      ::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
  const config::v1::KeyRing ring = KeyRing::Generate("test");
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  std::filesystem::create_directories(folder, ignored);
  EXPECT_THAT(WriteNewPrivateFile(folder + "/keys.yaml", KeyRingFileText(ring).Reveal()), IsOk());
  std::ofstream(folder + "/evertoken.yaml")
      << "key_ring: keys.yaml\nstore: {memory: {}}\nlimits: {event_loops: 3, drain_timeout: 5s}\n"
      << "apps: [{key: shop, secret_hashes: ["
      << (*KeyRing::New(ring))->HashAppSecret("shop", "secret") << "]}]\n"
      << more;
  absl::StatusOr<ServerFiles> files = LoadServerFiles(folder + "/evertoken.yaml", {});
  EXPECT_THAT(files.status(), IsOk());
  return *std::move(files);
}

TEST(ServerTest, ListensOnFreePortsAndEndsTwiceWithoutHarm) {
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(Files("grpc: {listen: '127.0.0.1:0'}\nweb: {listen: '127.0.0.1:0'}\n"));
  ASSERT_THAT(server.status(), IsOk());
  EXPECT_GT((*server)->grpc_port(), 0);
  EXPECT_GT((*server)->web_port(), 0);
  (*server)->Drain();
  EXPECT_FALSE((*server)->ready());
  (*server)->Drain();
}

TEST(ServerTest, EndsWithoutADrain) {
  const absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(Files("grpc: {listen: '127.0.0.1:0'}\nweb: {listen: 'off'}\n"));
  ASSERT_THAT(server.status(), IsOk());
  EXPECT_EQ((*server)->web_port(), 0);
}

TEST(ServerTest, TwoServersLiveInOneProcessAndOneAddressIsForOne) {
  const absl::StatusOr<std::unique_ptr<Server>> first =
      Server::Start(Files("grpc: {listen: '127.0.0.1:0'}\nweb: {listen: '127.0.0.1:0'}\n"));
  ASSERT_THAT(first.status(), IsOk());
  const std::string taken = absl::StrCat("127.0.0.1:", (*first)->web_port());
  const absl::StatusOr<std::unique_ptr<Server>> second =
      Server::Start(Files("grpc: {listen: '127.0.0.1:0'}\nweb: {listen: '" + taken + "'}\n"));
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(taken));
}

}  // namespace
}  // namespace evertoken
