// Every configuration that is shipped is one that the server would start with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "server/config/file_text.h"
#include "server/config/key_ring_file.h"
#include "server/server_files.h"

namespace evertoken {
namespace {

namespace fs = std::filesystem;

constexpr char kShipped[] = "deploy/config";

std::vector<std::string> ShippedConfigs() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(kShipped)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("evertoken") && name.ends_with(".yaml")) names.push_back(name);
  }
  return names;
}

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class ExampleConfigsTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::path(::testing::TempDir()) / test;
    fs::create_directories(folder_ / "tls");
    yaml_ = Read(fs::path(kShipped) / GetParam());
    std::ofstream(folder_ / GetParam()) << yaml_;
    config::v1::KeyRing ring = KeyRing::Generate("key-1");
    ASSERT_TRUE(
        WriteNewPrivateFile((folder_ / "keys.yaml").string(), KeyRingFileText(ring).Reveal()).ok());
    hash_ = (*KeyRing::New(ring))->HashAppSecret("app", "secret");
    for (const char* name : {"server.pem", "server.key", "redis-ca.pem"})
      std::ofstream(folder_ / "tls" / name) << "x";
  }

  // A value for every variable that the file names.
  Environment Variables() const {
    Environment environment;
    const std::regex variable("\\$\\{([A-Z_]+)\\}");
    for (std::sregex_iterator it(yaml_.begin(), yaml_.end(), variable), end; it != end; ++it) {
      const std::string name = (*it)[1];
      environment[name] = name.ends_with("_HASH") ? hash_ : "value";
    }
    return environment;
  }

  fs::path folder_;
  std::string yaml_;
  std::string hash_;
};

TEST_P(ExampleConfigsTest, HasNoProblems) {
  const absl::StatusOr<ServerFiles> files =
      LoadServerFiles((folder_ / GetParam()).string(), Variables());
  EXPECT_TRUE(files.ok()) << files.status();
}

TEST_P(ExampleConfigsTest, HoldsNoSecret) {
  const std::regex secret("(secret|password): *([^$ \n].*)");
  std::smatch match;
  EXPECT_FALSE(std::regex_search(yaml_, match, secret)) << match.str();
}

std::string NameOf(const ::testing::TestParamInfo<std::string>& info) {
  return std::regex_replace(info.param, std::regex("[^a-z]"), "_");
}

INSTANTIATE_TEST_SUITE_P(Shipped, ExampleConfigsTest, ::testing::ValuesIn(ShippedConfigs()),
                         NameOf);

}  // namespace
}  // namespace evertoken
