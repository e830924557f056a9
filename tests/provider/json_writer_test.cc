#include "server/provider/json_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "server/provider/json_reader.h"
#include "server/provider/json_tree.h"

namespace evertoken {
namespace {

std::string ReadAndWrite(const std::string& text) {
  JsonTree tree(text.size());
  return ReadJson(text, &tree) ? WriteJson(tree.root()) : "none";
}

TEST(JsonWriterTest, WritesWhatWasRead) {
  for (const std::string text :
       {R"({"a":[],"b":{},"c":[[1,-2],{"d":null}],"":true})", "18446744073709551615", "false",
        R"("\"\\\n\u0001/é")", "[1.5E0,1E300]"}) {
    EXPECT_EQ(ReadAndWrite(text), text);
  }
  EXPECT_EQ(ReadAndWrite(" [ 1 , { \"a\" : \"\\u00e9\\u0000\\ud83d\\ude00\" } ] "),
            R"([1,{"a":"é\u0000😀"}])");
}

TEST(JsonWriterTest, WritesOnlyTheLastOfARepeatedKey) {
  EXPECT_EQ(ReadAndWrite(R"({"a":1,"b":2,"a":{"c":3,"c":4}})"), R"({"b":2,"a":{"c":4}})");
}

TEST(JsonWriterTest, WritesANumberBeyondADoubleAsNull) {
  EXPECT_EQ(ReadAndWrite("[1e99999,-1e99999]"), "[null,null]");
}

}  // namespace
}  // namespace evertoken
