#include "server/provider/value_reader.h"

#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

TEST(ValueReaderTest, TextIsOneTrimmedLine) {
  EXPECT_EQ(ReadText(ValueKind::kText, " Zo\xc3\xab\t\n\x01 B \r\n"), "Zo\xc3\xab    B");
  EXPECT_EQ(ReadText(ValueKind::kText, "  \n "), std::nullopt);
  EXPECT_EQ(ReadText(ValueKind::kText, ""), std::nullopt);
  EXPECT_EQ(ReadText(ValueKind::kLines, "1 Road\r\nTown\t\n"), "1 Road\nTown");
}

TEST(ValueReaderTest, EveryKindOfTextHasItsBound) {
  const struct {
    ValueKind kind;
    size_t most;
  } cases[] = {{ValueKind::kText, 2048},
               {ValueKind::kLongText, 8192},
               {ValueKind::kLines, 2048},
               {ValueKind::kLocale, 2048}};
  for (const auto& c : cases) {
    EXPECT_TRUE(ReadText(c.kind, std::string(c.most, 'x')).has_value()) << c.most;
    EXPECT_FALSE(ReadText(c.kind, std::string(c.most + 1, 'x')).has_value()) << c.most;
  }
  EXPECT_FALSE(ReadText(ValueKind::kUrl, "https://" + std::string(2048, 'x')).has_value());
}

TEST(ValueReaderTest, LocalesAreWrittenWithHyphens) {
  EXPECT_EQ(ReadText(ValueKind::kLocale, "en_GB"), "en-GB");
}

TEST(ValueReaderTest, UrlsLeadToTheWeb) {
  for (const char* url : {"https://x.test/a?b=c", "http://x.test"}) {
    EXPECT_EQ(ReadText(ValueKind::kUrl, url), url);
    EXPECT_EQ(ReadText(ValueKind::kPictureUrl, url), url);
  }
  for (const char* url : {"javascript:alert(1)", "//x.test", "ftp://x.test", "https://x.test/a b",
                          "data:text/html;base64,AAAA", "HTTPS"}) {
    EXPECT_EQ(ReadText(ValueKind::kUrl, url), std::nullopt) << url;
    EXPECT_EQ(ReadText(ValueKind::kPictureUrl, url), std::nullopt) << url;
  }
}

TEST(ValueReaderTest, OnlyPicturesMayBeData) {
  const std::string picture = "data:image/png;base64,iVBORw0KGgo=";
  EXPECT_EQ(ReadText(ValueKind::kPictureUrl, picture), picture);
  EXPECT_EQ(ReadText(ValueKind::kUrl, picture), std::nullopt);
  EXPECT_TRUE(
      ReadText(ValueKind::kPictureUrl, "data:image/jpeg;base64," + std::string(40000, 'A')));
  for (const char* data :
       {"data:image/svg+xml;base64,AAAA", "data:image/png,<svg>", "data:image/png;base64,",
        "data:image/png;base64,\"onerror=", "data:image/png;charset=x;base64,AAAA"}) {
    EXPECT_EQ(ReadText(ValueKind::kPictureUrl, data), std::nullopt) << data;
  }
  EXPECT_FALSE(
      ReadText(ValueKind::kPictureUrl, "data:image/jpeg;base64," + std::string(49152, 'A')));
}

TEST(ValueReaderTest, TruthIsOnlyWhatIsCertain) {
  for (const char* words : {"true", "TRUE", "True", "1", " 1 "})
    EXPECT_EQ(ReadBoolean(words), true) << words;
  for (const char* words : {"false", "FALSE", "0"}) EXPECT_EQ(ReadBoolean(words), false) << words;
  for (const char* words : {"", "yes", "2", "Pending", "null", "01", "1.0"})
    EXPECT_EQ(ReadBoolean(words), std::nullopt) << words;
}

TEST(ValueReaderTest, NumbersAreWholeAndFit) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(ReadInteger(ValueKind::kInt32, "0"), 0);
  EXPECT_EQ(ReadInteger(ValueKind::kInt32, " 42 "), 42);
  EXPECT_EQ(ReadInteger(ValueKind::kInt32, "2147483647"), 2147483647);
  EXPECT_EQ(ReadInteger(ValueKind::kInt32, "2147483648"), std::nullopt);
  EXPECT_EQ(ReadInteger(ValueKind::kInt64, absl::StrCat(kMost)), kMost);
  for (const char* words : {"", "-1", "1.5", "1e3", "9223372036854775808", "x", "true", "1 2"})
    EXPECT_EQ(ReadInteger(ValueKind::kInt64, words), std::nullopt) << words;
}

TEST(ValueReaderTest, TimesAreReadInEveryUsualWay) {
  const absl::Time time = absl::FromUnixSeconds(1500000000);
  for (const char* words :
       {"2017-07-14T02:40:00Z", "2017-07-14T04:40:00+02:00", "2017-07-14T02:40:00.000Z",
        "2017-07-14T02:40:00.0000000Z", "1500000000", "1500000000000", "1500000000.0"}) {
    EXPECT_EQ(ReadTime(words), time) << words;
  }
  EXPECT_EQ(ReadTime("2017-07-14T02:40:00.123456789Z"), time + absl::Nanoseconds(123456789));
}

TEST(ValueReaderTest, WhatIsNoPointInTimeIsNone) {
  for (const char* words : {"", "0", "-5", "nan", "inf", "1e300", "2017-07-14", "soon",
                            "2017-07-14T02:40:00", "0001-01-01T00:00:00Z", "infinite-future",
                            "1969-12-31T23:59:59Z", "99999-01-01T00:00:00Z"}) {
    EXPECT_EQ(ReadTime(words), std::nullopt) << words;
  }
}

}  // namespace
}  // namespace evertoken
