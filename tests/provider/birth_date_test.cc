#include "server/provider/birth_date.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

std::optional<std::string> Read(absl::string_view json) {
  const std::shared_ptr<const JsonDocument> document = JsonDocument::Parse(json);
  if (document->root().is_object()) return ReadBirthDate(document->root());
  return ReadBirthDate(document->root().Text().value_or(""));
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

TEST(BirthDateTest, ReadsMoreWaysOfWriting) {
  for (const char* words :
       {"1990-12-31T23:59:59Z", "1990-12-31 00:00:00", "19901231", "12-31-1990", "31.12.1990"}) {
    EXPECT_EQ(ReadBirthDate(words), "1990-12-31") << words;
  }
  EXPECT_EQ(ReadBirthDate("--1231"), "--12-31");
  EXPECT_EQ(ReadBirthDate("1800"), "1800");
}

TEST(BirthDateTest, OnlyOtherDatesAreKnownToTheMonth) {
  EXPECT_EQ(ReadDate("1990-12"), "1990-12");
  EXPECT_EQ(ReadDate("1990"), "1990");
  EXPECT_EQ(ReadDate("--12-31"), "--12-31");
  EXPECT_EQ(ReadDate(JsonDocument::Parse(R"({"year":1990,"month":12})")->root()), "1990-12");
  EXPECT_EQ(ReadBirthDate(JsonDocument::Parse(R"({"year":1990,"month":12})")->root()), "1990");
}

TEST(BirthDateTest, RefusesDaysAndYearsThatNobodyHas) {
  for (const char* words :
       {"1231", "1799", "0001-01-01", "0001-01-01T00:00:00", "1990-02-30", "1999-02-29", "--02-30",
        "--1332", "--123", "19901331", "1990123", "199012312", "12-31-90", "15.06", "15.6"}) {
    EXPECT_EQ(ReadBirthDate(words), std::nullopt) << words;
  }
}

TEST(BirthDateTest, WhatItWritesItReadsAgain) {
  for (const char* words : {"1990-12-31", "1990-12", "1990", "--12-31", "2000-02-29", "--02-29"})
    EXPECT_EQ(ReadDate(words), words);
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
