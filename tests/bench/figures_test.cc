#include "tests/bench/figures.h"

#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken::bench {
namespace {

TEST(FiguresTest, JsonHoldsWhatWasAdded) {
  Figures figures;
  figures.Add("echo_rps", 12345.6, "calls/s");
  figures.Add("introspect_memory_ratio", 0.912345, "ratio");
  figures.Skip("introspect_redis_ratio", "redis-server is not installed");
  const std::string path = testing::TempDir() + "/figures.json";
  ASSERT_THAT(figures.WriteJson(path), IsOk());
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(),
            "[\n"
            "  {\"name\": \"echo_rps\", \"value\": 12346, \"unit\": \"calls/s\"},\n"
            "  {\"name\": \"introspect_memory_ratio\", \"value\": 0.9123, \"unit\": \"ratio\"}\n"
            "]\n");
}

TEST(FiguresTest, AFileThatCannotBeWrittenIsNamed) {
  EXPECT_THAT(Figures().WriteJson("/no/such/folder/figures.json"),
              StatusIs(absl::StatusCode::kInternal, testing::HasSubstr("/no/such/folder")));
}

TEST(FiguresTest, TheMedianIsTheMiddle) {
  EXPECT_EQ(Median({3, 1, 2}), 2);
  EXPECT_EQ(Median({4, 1, 2, 3}), 2.5);
  EXPECT_EQ(Median({}), 0);
}

}  // namespace
}  // namespace evertoken::bench
