#include "server/config/exposed_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "server/config/server_config_loader.h"

namespace evertoken {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kLiteral[] =
    "store: {redis: {password: s3cret-1}}\n"
    "apps:\n"
    "  - providers: {google: {client_secret: '${A}'}, github: {client_secret: s3cret-2}}\n";

class ExposedFilesTest : public ::testing::Test {
 protected:
  std::string Make(const std::string& name, const std::string& text, mode_t mode) const {
    const std::string path =
        absl::StrCat(::testing::TempDir(), "/",
                     ::testing::UnitTest::GetInstance()->current_test_info()->name(), "-", name);
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }

  static std::vector<ExposedFile> Find(const std::string& yaml, const std::string& path) {
    std::vector<ConfigProblem> not_of_interest;
    const LoadedServerConfig loaded = ParseServerConfig(
        yaml, path, {{"A", "s3cret-3"}, {"EVERTOKEN_APPS__0__KEY", "shop"}}, &not_of_interest);
    return FindExposedFiles(yaml, path, loaded.config);
  }
};

TEST_F(ExposedFilesTest, AConfigurationWithLiteralSecrets) {
  const std::string path = Make("evertoken.yaml", kLiteral, 0644);
  const std::vector<ExposedFile> found = Find(kLiteral, path);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].file, path);
  EXPECT_EQ(found[0].mode, "0644");
  EXPECT_EQ(found[0].holds, "apps[0].providers.github.client_secret, store.redis.password");
  EXPECT_THAT(found[0].advice, AllOf(HasSubstr("chmod 600 " + path), HasSubstr("${NAME}")));
  EXPECT_THAT(found[0].ToString(),
              AllOf(HasSubstr(path), HasSubstr("0644"), HasSubstr("github.client_secret"),
                    HasSubstr("chmod"), Not(HasSubstr("s3cret"))));
}

TEST_F(ExposedFilesTest, NotAFileThatIsItsOwnersOnly) {
  EXPECT_THAT(Find(kLiteral, Make("evertoken.yaml", kLiteral, 0600)), IsEmpty());
}

TEST_F(ExposedFilesTest, NotSecretsThatTheEnvironmentHolds) {
  const std::string yaml =
      "store: {redis: {password: '${A}'}}\napps: [{providers: {google: {client_secret: '${A}', "
      "client_id: public}}}]\n";
  EXPECT_THAT(Find(yaml, Make("evertoken.yaml", yaml, 0644)), IsEmpty());
}

TEST_F(ExposedFilesTest, PrivateKeysOfTls) {
  const std::string open = Make("open.key", "key", 0640);
  const std::string closed = Make("closed.key", "key", 0600);
  const std::string relative = open.substr(open.rfind('/') + 1);
  const std::string yaml = absl::StrCat(
      "grpc: {tls: {certificate: c, private_key: ", open, "}}\n",
      "web: {tls: {certificate: c, private_key: ", closed, "}}\n",
      "store: {redis: {tls: {enabled: true, certificate: c, private_key: ", relative, "}}}\n");
  EXPECT_THAT(Find(yaml, Make("evertoken.yaml", yaml, 0644)),
              ElementsAre(AllOf(Field(&ExposedFile::file, open), Field(&ExposedFile::mode, "0640"),
                                Field(&ExposedFile::holds, "grpc.tls.private_key")),
                          AllOf(Field(&ExposedFile::holds, "store.redis.tls.private_key"),
                                Field(&ExposedFile::advice, HasSubstr("chmod 600 ")))));
}

}  // namespace
}  // namespace evertoken
