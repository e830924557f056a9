#include "server/provider/json_document.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

TEST(JsonDocumentTest, FollowsPointers) {
  const auto document = JsonDocument::Parse(R"({"a":{"b":[10,{"c/d":"x","e~f":"y"}]},"":0})");
  ASSERT_NE(document, nullptr);
  EXPECT_EQ(document->root().At("/a/b/0").Text(), "10");
  EXPECT_EQ(document->root().At("/a/b/1/c~1d").Text(), "x");
  EXPECT_EQ(document->root().At("/a/b/1/e~0f").Text(), "y");
  EXPECT_EQ(document->root().At("/").Text(), "0");
  EXPECT_TRUE(document->root().At("").is_object());
  for (const char* pointer : {"/x", "/a/b/2", "/a/b/-", "/a/b/01", "/a/b/-1", "/a/b/0/x",
                              "/a/b/99999999999", "a", "/a~", "/~2"}) {
    EXPECT_FALSE(document->root().At(pointer).exists()) << pointer;
  }
}

TEST(JsonDocumentTest, WritesScalarsAsText) {
  const auto document = JsonDocument::Parse(R"([true,null,18446744073709551615,-5,1.5,1e3,{},[]])");
  ASSERT_NE(document, nullptr);
  const std::vector<JsonRef> values = document->root().Elements();
  EXPECT_EQ(values[0].Text(), "true");
  EXPECT_EQ(values[1].Text(), std::nullopt);
  EXPECT_TRUE(values[1].exists());
  EXPECT_EQ(values[2].Text(), "18446744073709551615");
  EXPECT_EQ(values[3].Text(), "-5");
  EXPECT_EQ(values[4].Text(), "1.5");
  EXPECT_EQ(values[5].Text(), "1000");
  EXPECT_EQ(values[6].Text(), std::nullopt);
  EXPECT_EQ(values[7].Text(), std::nullopt);
}

TEST(JsonDocumentTest, ViewsAStringWhereItStands) {
  const auto document = JsonDocument::Parse(R"({"s":"text","n":-7,"o":{}})");
  ASSERT_NE(document, nullptr);
  std::string scratch;
  const std::optional<absl::string_view> text = document->root().At("/s").TextView(&scratch);
  EXPECT_EQ(text, "text");
  EXPECT_EQ(document->root().At("/s").TextView(&scratch)->data(), text->data());
  EXPECT_EQ(scratch, "");
  EXPECT_EQ(document->root().At("/n").TextView(&scratch), "-7");
  EXPECT_EQ(scratch, "-7");
  EXPECT_EQ(document->root().At("/o").TextView(&scratch), std::nullopt);
  EXPECT_EQ(document->root().At("/none").TextView(&scratch), std::nullopt);
}

TEST(JsonDocumentTest, ANumberBeyondADoubleHasNoText) {
  const auto document = JsonDocument::Parse("[1e99999,-1e99999,0e99999]");
  ASSERT_NE(document, nullptr);
  for (const JsonRef& element : document->root().Elements())
    EXPECT_EQ(element.Text(), std::nullopt);
}

TEST(JsonDocumentTest, ReadsNumbersAndNumericStrings) {
  const auto document =
      JsonDocument::Parse(R"({"n":3600,"s":"3600","t":"3600s","i":"inf","b":true})");
  ASSERT_NE(document, nullptr);
  EXPECT_EQ(document->root().At("/n").Number(), 3600);
  EXPECT_EQ(document->root().At("/s").Number(), 3600);
  EXPECT_EQ(document->root().At("/t").Number(), std::nullopt);
  EXPECT_EQ(document->root().At("/i").Number(), std::nullopt);
  EXPECT_EQ(document->root().At("/b").Number(), std::nullopt);
  EXPECT_EQ(document->root().At("/s").StrictNumber(), std::nullopt);
}

TEST(JsonDocumentTest, RefusesWhatIsNotOneSoundValue) {
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("{} {}"), std::string("<html>"),
        std::string("\"\xff\""), deep, std::string("{a:1}"), std::string("[1,]")}) {
    EXPECT_EQ(JsonDocument::Parse(text), nullptr) << text;
  }
  EXPECT_EQ(JsonDocument::Parse(std::string(5 << 20, ' ')), nullptr);
}

TEST(JsonDocumentTest, SeesRepeatedKeys) {
  for (const char* text :
       {R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})", R"([{"x":{"a":1,"b":2,"a":3}}])"}) {
    EXPECT_NE(JsonDocument::Parse(text), nullptr) << text;
    EXPECT_EQ(JsonDocument::Parse(text, JsonDocument::Keys::kUnique), nullptr) << text;
  }
  EXPECT_NE(JsonDocument::Parse(R"({"a":":","b\":":{"a":":\\"}})", JsonDocument::Keys::kUnique),
            nullptr);
}

TEST(JsonDocumentTest, ReadsJsonInsideOfOneCall) {
  for (const char* text :
       {"callback( {\"a\":1} );\n", "a.b$_1({\"a\":1})", "f ({\"a\":1}) ; ", " {\"a\":1}\n"}) {
    const auto document = JsonDocument::FromJsonp(text);
    ASSERT_NE(document, nullptr) << text;
    EXPECT_EQ(document->root().At("/a").Text(), "1") << text;
  }
  for (const char* text : {"", "callback();", "f({});g({});", "f({}) alert(1)", "f({})//",
                           "f({},{})", "f(f({}))", "1f({})", "f{}", "f({}", "(alert(1))",
                           "\xef\xbb\xbf"
                           "f({});",
                           "/**/f({})", "f({});;", "f()({})"}) {
    EXPECT_EQ(JsonDocument::FromJsonp(text), nullptr) << text;
  }
}

TEST(JsonDocumentTest, ReadsImagesByTheirFirstBytes) {
  const struct {
    std::string bytes;
    const char* uri;
  } images[] = {{"\x89PNG\r\n\x1a\n", "data:image/png;base64,iVBORw0KGgo="},
                {"\xff\xd8\xff", "data:image/jpeg;base64,/9j/"},
                {"GIF89a", "data:image/gif;base64,R0lGODlh"},
                {std::string("RIFF1234WEBP!"), "data:image/webp;base64,UklGRjEyMzRXRUJQIQ=="}};
  for (const auto& image : images) {
    const auto document = JsonDocument::FromImage(image.bytes);
    ASSERT_NE(document, nullptr) << image.uri;
    EXPECT_EQ(document->root().At("/data_uri").Text(), image.uri);
  }
  const std::string png = images[0].bytes;
  EXPECT_NE(JsonDocument::FromImage(png + std::string((32 << 10) - png.size(), 'x')), nullptr);
  for (const std::string& bytes :
       {std::string(), std::string("<svg xmlns=\"x\"/>"), std::string("<html>"),
        std::string("RIFF1234WAVE!"), png + std::string(33 << 10, 'x')}) {
    EXPECT_EQ(JsonDocument::FromImage(bytes), nullptr) << bytes.size();
  }
}

TEST(JsonDocumentTest, ReadsTextsThatAreJsonAsSuch) {
  const auto document = JsonDocument::FromTexts({{"user", R"({"name":{"first":"Ada"}})"},
                                                 {"list", "[1,2]"},
                                                 {"id", "7"},
                                                 {"odd", "{x"},
                                                 {"latin", "\xff"}});
  EXPECT_EQ(document->root().At("/user/name/first").Text(), "Ada");
  EXPECT_EQ(document->root().At("/list/1").Text(), "2");
  EXPECT_TRUE(document->root().At("/id").is_string());
  EXPECT_EQ(document->root().At("/odd").Text(), "{x");
  EXPECT_FALSE(document->root().At("/latin").exists());
}

TEST(JsonDocumentTest, ReadsFormsAsObjects) {
  const auto document = JsonDocument::FromForm(
      {{"a", "1"}, {"b", "x"}, {"a", "2"}, {"latin", "\xff"}, {"\xfe", "latin"}});
  EXPECT_EQ(document->root().At("/a").Text(), "1");
  EXPECT_EQ(document->root().At("/b").Text(), "x");
  EXPECT_FALSE(document->root().At("/latin").exists());
  EXPECT_EQ(SerializeObject({{"q", "\"\n"}}), R"({"q":"\"\n"})");
}

}  // namespace
}  // namespace evertoken
