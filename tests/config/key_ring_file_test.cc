#include "server/config/key_ring_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "server/config/file_text.h"

namespace evertoken {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string Make(const std::string& name, const std::string& text, mode_t mode = 0600) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path) << text;
  chmod(path.c_str(), mode);
  return path;
}

TEST(KeyRingFileTest, ReadsWhatItWrote) {
  config::v1::KeyRing ring;
  ring.add_keys()->set_id("key-2");
  ring.mutable_keys(0)->set_secret("not_really-random");
  ring.add_keys()->set_id("key-1");
  ring.mutable_keys(1)->set_secret("0123456789");
  const std::string path = ::testing::TempDir() + "/written.yaml";
  ASSERT_TRUE(WriteNewPrivateFile(path, KeyRingFileText(ring).Reveal()).ok());
  std::vector<ConfigProblem> problems;
  const config::v1::KeyRing read = LoadKeyRingFile(path, &problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(read.SerializeAsString(), ring.SerializeAsString());
}

TEST(KeyRingFileTest, RefusesAFileThatOthersMayRead) {
  std::vector<ConfigProblem> problems;
  const std::string path = Make("open.yaml", "keys: [{id: a, secret: b}]\n", 0644);
  EXPECT_EQ(LoadKeyRingFile(path, &problems).keys_size(), 0);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].ToString(), HasSubstr("chmod 600 " + path));
}

TEST(KeyRingFileTest, SaysHowToMakeAMissingFile) {
  std::vector<ConfigProblem> problems;
  LoadKeyRingFile("/no/such/keys.yaml", &problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].ToString(),
              HasSubstr("evertoken keys generate --out /no/such/keys.yaml"));
}

TEST(KeyRingFileTest, ProblemsHaveLinesAndNoSecrets) {
  std::vector<ConfigProblem> problems;
  LoadKeyRingFile(Make("bad.yaml", "keys:\n  - id: a\n    secrets: hunter2\n  - hunter2\n"),
                  &problems);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_THAT(problems[0].ToString(), AllOf(HasSubstr("bad.yaml:3: keys[0].secrets: unknown key"),
                                            Not(HasSubstr("hunter2"))));
  EXPECT_THAT(problems[1].ToString(),
              AllOf(HasSubstr("bad.yaml:4: keys[1]"), Not(HasSubstr("hunter2"))));
}

// A `${NAME}` in a key ring is a mistake: keys are kept in files.
TEST(KeyRingFileTest, TakesNothingFromTheEnvironment) {
  std::vector<ConfigProblem> problems;
  LoadKeyRingFile(Make("environment.yaml", "keys: [{id: a, secret: '${HOME}'}]\n"), &problems);
  EXPECT_EQ(problems.size(), 1u);
}

}  // namespace
}  // namespace evertoken
