#include "server/provider/birth_date.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

std::optional<std::string> Read(absl::string_view json) {
  return ReadBirthDate(JsonDocument::Parse(json)->root());
}

TEST(BirthDateTest, ReadsEveryWayOfWriting) {
  EXPECT_EQ(Read(R"("1990-12-31")"), "1990-12-31");
  EXPECT_EQ(Read(R"("12/31/1990")"), "1990-12-31");
  EXPECT_EQ(Read(R"({"year":1990,"month":12,"day":31})"), "1990-12-31");
  EXPECT_EQ(Read(R"("1990")"), "1990");
  EXPECT_EQ(Read("1990"), "1990");
  EXPECT_EQ(Read(R"("1990-12")"), "1990");
  EXPECT_EQ(Read(R"({"year":1990})"), "1990");
  EXPECT_EQ(Read(R"("12/31")"), "--12-31");
  EXPECT_EQ(Read(R"("--12-31")"), "--12-31");
  EXPECT_EQ(Read(R"("0000-12-31")"), "--12-31");
  EXPECT_EQ(Read(R"({"month":2,"day":29})"), "--02-29");
}

TEST(BirthDateTest, RefusesWhatIsNoDate) {
  for (const char* json : {R"("")", R"("soon")", R"("1990-13-01")", R"("1990-12-32")",
                           R"("1990-1-1-1")", R"("31/12/1990")", R"("19900-1-1")", R"("-1")",
                           "true", "[]", "{}", R"({"month":2})", R"("1/2/3/4")", R"("0000")"}) {
    EXPECT_EQ(Read(json), std::nullopt) << json;
  }
}

}  // namespace
}  // namespace evertoken
