#include "server/http/reply_assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(ReplyAssemblerTest, ReadsNamesInLowerCaseAndValuesWithoutPadding) {
  ReplyAssembler assembler(100);
  for (const char* line : {"HTTP/1.1 200 OK\r\n", "Content-Type:  text/plain \r\n", "X-Empty:\r\n",
                           ": no name\r\n", "no colon\r\n", "\r\n"}) {
    EXPECT_TRUE(assembler.AddHeadLine(line));
  }
  EXPECT_THAT(assembler.reply()->headers,
              ElementsAre(Pair("content-type", "text/plain"), Pair("x-empty", "")));
}

TEST(ReplyAssemblerTest, ForgetsTheHeadOfAnInterimReply) {
  ReplyAssembler assembler(100);
  for (const char* line : {"HTTP/1.1 103 Early Hints\r\n", "Link: </a>\r\n", "\r\n"})
    EXPECT_TRUE(assembler.AddHeadLine(line));
  EXPECT_TRUE(assembler.AddHeadLine("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(assembler.reply()->headers, IsEmpty());
}

TEST(ReplyAssemblerTest, StopsAtTheCapOfTheBody) {
  ReplyAssembler assembler(10);
  EXPECT_TRUE(assembler.AddBody("12345"));
  EXPECT_TRUE(assembler.AddBody("67890"));
  EXPECT_FALSE(assembler.too_large());
  EXPECT_FALSE(assembler.AddBody("x"));
  EXPECT_TRUE(assembler.too_large());
  EXPECT_EQ(assembler.reply()->body, "1234567890");
}

TEST(ReplyAssemblerTest, StopsAtTheCapOfTheHead) {
  ReplyAssembler assembler(10);
  const std::string line = "a: " + std::string(1021, 'x');
  for (int i = 0; i < 64; ++i) EXPECT_TRUE(assembler.AddHeadLine(line)) << i;
  EXPECT_FALSE(assembler.AddHeadLine("b: c\r\n"));
  EXPECT_TRUE(assembler.too_large());
}

}  // namespace
}  // namespace evertoken
