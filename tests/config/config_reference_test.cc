// The configuration reference says what the schema says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace evertoken {
namespace {

std::string Output(const char* command) {
  std::string text;
  FILE* pipe = popen(command, "r");
  if (pipe == nullptr) return text;
  char buffer[4096];
  for (size_t size; (size = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) text.append(buffer, size);
  EXPECT_EQ(pclose(pipe), 0);
  return text;
}

TEST(ConfigReferenceTest, IsUpToDate) {
  std::stringstream committed;
  committed << std::ifstream("deploy/config/REFERENCE.md").rdbuf();
  const std::string made = Output("python3 deploy/config/config_reference.py");
  ASSERT_THAT(made, ::testing::HasSubstr("| `store.redis.password` |"));
  EXPECT_TRUE(committed.str() == made)
      << "run `python3 deploy/config/config_reference.py > deploy/config/REFERENCE.md`";
}

}  // namespace
}  // namespace evertoken
