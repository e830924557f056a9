// Catalogue files that change while the server runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/server/running_server.h"

namespace evertoken {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMine[] = "providers: {mine: {extends: google, display_name: Mine}}\n";

// Puts a whole file in place of another, as `mv` does.
void Replace(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new") << text;
  ASSERT_EQ(rename((path + ".new").c_str(), path.c_str()), 0);
}

// A catalogue of the test's own.
class ReloadTest : public ::testing::Test {
 protected:
  ReloadTest() { std::ofstream(path_) << kMine; }
  ~ReloadTest() override { std::remove(path_.c_str()); }

  std::string Settings(const std::string& interval) const {
    return absl::StrCat("catalogs: [shipped, '", path_, "']\ncatalog_reload_interval: ", interval);
  }

  const std::string path_ =
      absl::StrCat(::testing::TempDir(), "/",
                   ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".yaml");
};

TEST_F(ReloadTest, TakesAChangedFileOverByItself) {
  RunningServer server(Settings("50ms"));
  ASSERT_TRUE(server.WaitForPorts()) << server.Log();
  Replace(path_, "providers: {other: {extends: google, display_name: Other}}\n");
  EXPECT_TRUE(server.WaitForLog("\"event\":\"catalog_reloaded\",\"added\":\"other\""));
  EXPECT_TRUE(server.WaitForLog("\"removed\":\"mine\""));
}

TEST_F(ReloadTest, WithoutAnIntervalReadsAtSighup) {
  RunningServer server(Settings("0s"));
  ASSERT_TRUE(server.WaitForPorts()) << server.Log();
  Replace(path_, "providers: {mine: {extends: google, display_name: Ours}}\n");
  server.Signal(SIGHUP);
  EXPECT_TRUE(server.WaitForLog("\"changed\":\"mine\""));
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitForExit(), 0);
}

TEST_F(ReloadTest, ABadFileOrNoneReplacesNothing) {
  RunningServer server(Settings("0s"));
  ASSERT_TRUE(server.WaitForPorts()) << server.Log();
  Replace(path_, "providers:\n  mine: {extends: google, display_nam: Ours}\n");
  server.Signal(SIGHUP);
  EXPECT_TRUE(server.WaitForLog("\"event\":\"catalog_refused\",\"problems\":1"));
  EXPECT_THAT(server.Log(), AllOf(HasSubstr("\"line\":2"), HasSubstr("display_nam"),
                                  Not(HasSubstr("catalog_reloaded"))));
  std::remove(path_.c_str());
  server.Signal(SIGHUP);
  EXPECT_TRUE(server.WaitForLog("cannot be read"));
  std::ofstream(path_) << kMine;
  server.Signal(SIGHUP);
  EXPECT_TRUE(server.WaitForLog("\"event\":\"catalog_reloaded\""));
}

TEST_F(ReloadTest, StartsWithoutABadEntryAndNotWithABadFile) {
  std::ofstream(path_) << "providers: {mine: {extends: google, issuer: 5}}\n";
  RunningServer lenient(Settings("0s"));
  EXPECT_TRUE(lenient.WaitForPorts()) << lenient.Log();
  EXPECT_TRUE(lenient.WaitForLog("\"event\":\"catalog_entry_disabled\",\"provider\":\"mine\""));
  std::ofstream(path_) << "providers: {mine: {\n";
  RunningServer strict(Settings("0s"));
  EXPECT_FALSE(strict.WaitForPorts());
  EXPECT_EQ(strict.WaitForExit(), 1);
}

}  // namespace
}  // namespace evertoken
