#include "server/catalog_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kMine[] = "providers: {mine: {extends: google, display_name: Mine}}\n";

class CatalogFilesTest : public ::testing::Test {
 protected:
  CatalogFilesTest()
      : folder_(absl::StrCat(::testing::TempDir(), "/",
                             ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  std::string Path(const std::string& name) const { return absl::StrCat(folder_, "/", name); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name)) << text;
  }

  CatalogFiles Files() const { return {{"shipped", "mine.yaml"}, folder_, false}; }

  const std::string folder_;
};

TEST_F(CatalogFilesTest, AnOperatorsFileAddsToTheShippedOne) {
  Write("mine.yaml", kMine);
  const LoadedCatalog loaded = Files().Read();
  EXPECT_THAT(loaded.problems, IsEmpty());
  ASSERT_NE(loaded.catalog, nullptr);
  EXPECT_EQ(loaded.catalog->Find("mine")->display_name(), "Mine");
  EXPECT_EQ(loaded.catalog->Find("google")->display_name(), "Google");
}

TEST_F(CatalogFilesTest, AnOperatorsFileOverridesOneListAndDisablesOneEntry) {
  Write("mine.yaml", R"(providers:
  google: {extends: google, authorization: {scopes: [openid]}}
  facebook: {extends: facebook, lifecycle: {state: end_of_life, end_date: "2000-01-01"}}
)");
  const LoadedCatalog loaded = Files().Read();
  EXPECT_THAT(loaded.problems, IsEmpty());
  ASSERT_NE(loaded.catalog, nullptr);
  const config::v1::Provider& google = *loaded.catalog->Find("google");
  EXPECT_EQ(google.authorization().scopes_size(), 1);
  EXPECT_EQ(google.display_name(), "Google");
  EXPECT_EQ(loaded.catalog->Find("facebook")->lifecycle().end_date(), "2000-01-01");
  EXPECT_FALSE(loaded.catalog->Find("github")->has_lifecycle());
}

TEST_F(CatalogFilesTest, ABadEntryOfAnOperatorLeavesTheShippedOnes) {
  Write("mine.yaml", "providers: {mine: {extends: google, issuer: 5}}\n");
  const LoadedCatalog loaded = Files().Read();
  ASSERT_NE(loaded.catalog, nullptr);
  EXPECT_TRUE(loaded.catalog->IsDisabled("mine"));
  EXPECT_NE(loaded.catalog->Find("google"), nullptr);
  ASSERT_THAT(loaded.problems, SizeIs(1));
  EXPECT_EQ(loaded.problems[0].file, Path("mine.yaml"));
}

TEST_F(CatalogFilesTest, AMissingFileLeavesNothing) {
  const LoadedCatalog loaded = Files().Read();
  EXPECT_EQ(loaded.catalog, nullptr);
  ASSERT_THAT(loaded.problems, SizeIs(1));
  EXPECT_THAT(loaded.problems[0].ToString(), HasSubstr("mine.yaml"));
}

TEST_F(CatalogFilesTest, NoticesAFileThatWasSwappedForOneOfTheSameSizeAndTime) {
  Write("mine.yaml", kMine);
  const std::string before = Files().Fingerprint();
  EXPECT_EQ(Files().Fingerprint(), before);
  Write("other.yaml", kMine);
  std::filesystem::last_write_time(Path("other.yaml"),
                                   std::filesystem::last_write_time(Path("mine.yaml")));
  std::filesystem::rename(Path("other.yaml"), Path("mine.yaml"));
  EXPECT_NE(Files().Fingerprint(), before);
}

// As container platforms mount configuration: the file is a link into a folder that is a link.
TEST_F(CatalogFilesTest, NoticesAFolderThatWasSwappedByALink) {
  for (const char* version : {"v1", "v2"}) {
    std::filesystem::create_directory(Path(version));
    Write(absl::StrCat(version, "/mine.yaml"), kMine);
  }
  std::filesystem::create_symlink("v1", Path("data"));
  std::filesystem::create_symlink("data/mine.yaml", Path("mine.yaml"));
  const std::string before = Files().Fingerprint();
  std::filesystem::create_symlink("v2", Path("next"));
  std::filesystem::rename(Path("next"), Path("data"));
  EXPECT_NE(Files().Fingerprint(), before);
}

TEST_F(CatalogFilesTest, NoticesThatAFileIsGoneOrBack) {
  const std::string without = Files().Fingerprint();
  Write("mine.yaml", kMine);
  const std::string with = Files().Fingerprint();
  EXPECT_NE(with, without);
  std::filesystem::remove(Path("mine.yaml"));
  EXPECT_EQ(Files().Fingerprint(), without);
}

}  // namespace
}  // namespace evertoken
