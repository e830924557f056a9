#include "server/base/request_context.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evertoken {
namespace {

using ::testing::MatchesRegex;

constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";

std::string TraceOf(const std::string& traceparent) {
  return MakeRequestContext("r", traceparent).trace_id;
}

TEST(RequestContextTest, TakesOverTheCallersIds) {
  const RequestContext context =
      MakeRequestContext("Job_7.a-B", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_EQ(context.request_id, "Job_7.a-B");
  EXPECT_EQ(context.trace_id, kTrace);
  EXPECT_EQ(context.app, "");
}

TEST(RequestContextTest, MakesAnIdWhereTheCallersIsMissingOrBad) {
  EXPECT_EQ(MakeRequestContext(std::string(64, 'x'), "").request_id, std::string(64, 'x'));
  for (const std::string& bad :
       {std::string(), std::string(65, 'x'), std::string("a b"), std::string("a\nb"),
        std::string("é"), std::string("a\0b", 3), std::string("{\"}")}) {
    const std::string id = MakeRequestContext(bad, "").request_id;
    EXPECT_THAT(id, MatchesRegex("[A-Za-z0-9_-]{16}")) << bad;
    EXPECT_NE(id, MakeRequestContext(bad, "").request_id);
  }
}

TEST(RequestContextTest, ReadsLaterVersionsOfTraceparent) {
  EXPECT_EQ(TraceOf("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more"), kTrace);
  EXPECT_EQ(TraceOf("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-09"), kTrace);
}

TEST(RequestContextTest, IgnoresMalformedTraceparents) {
  for (const char* bad : {
           "",
           "00",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
       }) {
    EXPECT_EQ(TraceOf(bad), "") << bad;
  }
}

}  // namespace
}  // namespace evertoken
