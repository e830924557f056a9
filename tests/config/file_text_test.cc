#include "server/config/file_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace evertoken {
namespace {

using ::testing::HasSubstr;

class FileTextTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const {
    return ::testing::TempDir() + "/" +
           ::testing::UnitTest::GetInstance()->current_test_info()->name() + "-" + name;
  }

  std::string Make(const std::string& name, const std::string& text, mode_t mode) const {
    const std::string path = Path(name);
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
};

TEST_F(FileTextTest, ReadsBytesAsTheyAre) {
  const std::string text("a\0b\r\n\xff", 6);
  EXPECT_EQ(*ReadFileText(Make("file", text, 0644)), text);
  EXPECT_EQ(*ReadFileText(Make("empty", "", 0644)), "");
}

TEST_F(FileTextTest, SaysWhyAFileCannotBeRead) {
  EXPECT_TRUE(absl::IsNotFound(ReadFileText(Path("missing")).status()));
  EXPECT_THAT(std::string(ReadFileText(::testing::TempDir()).status().message()),
              HasSubstr("is not a file"));
  const std::string large = Make("large", std::string(kMaxFileBytes + 1, 'x'), 0644);
  EXPECT_THAT(std::string(ReadFileText(large).status().message()), HasSubstr("larger"));
}

TEST_F(FileTextTest, APipeDoesNotHangTheReader) {
  const std::string path = Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_TRUE(absl::IsInvalidArgument(ReadFileText(path).status()));
}

TEST_F(FileTextTest, APrivateFileIsTheOwnersOnly) {
  EXPECT_TRUE(ReadPrivateFileText(Make("mine", "x", 0600)).ok());
  EXPECT_TRUE(ReadPrivateFileText(Make("readonly", "x", 0400)).ok());
  for (const mode_t mode : {0640, 0604, 0644, 0620, 0602, 0601}) {
    const std::string path = Make("open" + std::to_string(mode), "x", mode);
    const absl::Status status = ReadPrivateFileText(path).status();
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << std::oct << mode;
    EXPECT_THAT(std::string(status.message()), HasSubstr("chmod 600 " + path));
  }
}

TEST_F(FileTextTest, TheModeOfAFileThatOthersMayReadIsTold) {
  EXPECT_EQ(ExposedMode(Make("mine", "x", 0600)), std::nullopt);
  EXPECT_EQ(ExposedMode(Make("group", "x", 0640)), 0640);
  EXPECT_EQ(ExposedMode(Make("all", "x", 0644)), 0644);
  EXPECT_EQ(ExposedMode(Path("missing")), std::nullopt);
  // What counts is the file that a link leads to: that is how container platforms mount secrets.
  const std::string link = Path("link");
  ASSERT_EQ(symlink(Make("target", "x", 0600).c_str(), link.c_str()), 0);
  EXPECT_EQ(ExposedMode(link), std::nullopt);
}

TEST_F(FileTextTest, ANewPrivateFileNeverReplacesOne) {
  const std::string path = Path("new");
  ASSERT_TRUE(WriteNewPrivateFile(path, "first").ok());
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_TRUE(absl::IsAlreadyExists(WriteNewPrivateFile(path, "second")));
  EXPECT_EQ(*ReadPrivateFileText(path), "first");
  EXPECT_FALSE(WriteNewPrivateFile(Path("no/such/folder"), "x").ok());
}

TEST(PathFromTest, RelativePathsCountFromTheBase) {
  EXPECT_EQ(PathFrom("/etc/evertoken", "keys.yaml"), "/etc/evertoken/keys.yaml");
  EXPECT_EQ(PathFrom("/etc/evertoken", "/run/keys.yaml"), "/run/keys.yaml");
  EXPECT_EQ(PathFrom(".", "keys.yaml"), "keys.yaml");
  EXPECT_EQ(PathFrom("/", "keys.yaml"), "/keys.yaml");
}

TEST(FolderOfTest, NamesTheFolder) {
  EXPECT_EQ(FolderOf("/etc/evertoken/evertoken.yaml"), "/etc/evertoken");
  EXPECT_EQ(FolderOf("evertoken.yaml"), ".");
  EXPECT_EQ(FolderOf("/evertoken.yaml"), "/");
}

}  // namespace
}  // namespace evertoken
