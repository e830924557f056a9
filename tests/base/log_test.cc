#include "server/base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/secret.h"

namespace evertoken {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;

// What is secret cannot become a log field.
static_assert(!std::is_constructible_v<LogField, absl::string_view, Secret>);
static_assert(!std::is_constructible_v<LogField, absl::string_view, const void*>);

// Lines written to standard error while it lives.
class Capture {
 public:
  Capture() { testing::internal::CaptureStderr(); }

  std::vector<std::string> Lines() {
    FlushLog(absl::InfiniteDuration());
    return absl::StrSplit(testing::internal::GetCapturedStderr(), '\n', absl::SkipEmpty());
  }

  boost::json::object OnlyLine() {
    const std::vector<std::string> lines = Lines();
    EXPECT_THAT(lines, SizeIs(1));
    return lines.empty() ? boost::json::object() : boost::json::parse(lines[0]).as_object();
  }
};

std::string Text(const boost::json::object& line, const char* name) {
  const boost::json::value* value = line.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string().c_str())
                                                : "(none)";
}

TEST(LogTest, WritesOneJsonObjectPerEvent) {
  Capture capture;
  RequestContext context;
  context.request_id = "r-1";
  context.app = "shop";
  Log(LogLevel::kWarn, "renewal_failed", context,
      {{"provider", "acme"},
       {"attempt", 3},
       {"bytes", size_t{18446744073709551615u}},
       {"joined", true},
       {"seconds", 0.25},
       {"error", MakeError(v1::ERROR_REASON_GRANT_REVOKED, "the user withdrew")}});

  const boost::json::object line = capture.OnlyLine();
  EXPECT_THAT(Text(line, "time"),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"));
  EXPECT_EQ(Text(line, "level"), "warn");
  EXPECT_EQ(Text(line, "event"), "renewal_failed");
  EXPECT_EQ(Text(line, "request_id"), "r-1");
  EXPECT_EQ(Text(line, "app"), "shop");
  EXPECT_FALSE(line.contains("trace_id"));
  EXPECT_EQ(Text(line, "provider"), "acme");
  EXPECT_EQ(line.at("attempt"), 3);
  EXPECT_EQ(line.at("bytes").as_uint64(), 18446744073709551615u);
  EXPECT_EQ(line.at("joined"), true);
  EXPECT_EQ(line.at("seconds").as_double(), 0.25);
  EXPECT_EQ(Text(line, "error"), "GRANT_REVOKED: the user withdrew");
}

TEST(LogTest, HostileTextsStayInTheirField) {
  Capture capture;
  const std::string hostile = "a\"b\\c\nd\te\x01\x7f{\xff\xc0\xaf\xed\xa0\x80é€😀";
  Log(LogLevel::kInfo, "test", {{"text", hostile}});
  const boost::json::object line = capture.OnlyLine();
  EXPECT_EQ(Text(line, "text"),
            "a\"b\\c\nd\te\x01\x7f{"
            "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"
            "é€😀");
}

TEST(LogTest, CutsLongTextsAndKeepsThemWellFormed) {
  Capture capture;
  Log(LogLevel::kInfo, "test", {{"text", std::string(4095, 'x') + "€" + std::string(100000, 'y')}});
  const std::string text = Text(capture.OnlyLine(), "text");
  EXPECT_THAT(text, StartsWith("xxx"));
  EXPECT_THAT(text, EndsWith("x\uFFFD…"));
}

TEST(LogTest, StatusWithoutReasonShowsItsCode) {
  Capture capture;
  Log(LogLevel::kInfo, "test",
      {{"error", absl::AbortedError("broken")}, {"fine", absl::OkStatus()}});
  const boost::json::object line = capture.OnlyLine();
  EXPECT_EQ(Text(line, "error"), "ABORTED: broken");
  EXPECT_EQ(Text(line, "fine"), "OK");
}

TEST(LogTest, LevelDecidesWhatIsWritten) {
  Capture capture;
  SetLogLevel(LogLevel::kError);
  EXPECT_FALSE(LogEnabled(LogLevel::kWarn));
  Log(LogLevel::kWarn, "quiet");
  Log(LogLevel::kError, "loud");
  SetLogLevel(LogLevel::kInfo);
  EXPECT_EQ(Text(capture.OnlyLine(), "event"), "loud");
}

TEST(LogTest, LosesAndMixesNothingOfManyThreads) {
  Capture capture;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (int i = 0; i < 250; ++i) Log(LogLevel::kInfo, "test", {{"thread", thread}, {"i", i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<int> next(4, 0);
  const std::vector<std::string> lines = capture.Lines();
  ASSERT_THAT(lines, SizeIs(1000));
  for (const std::string& text : lines) {
    const boost::json::object line = boost::json::parse(text).as_object();
    EXPECT_EQ(line.at("i"), next[line.at("thread").to_number<size_t>()]++);
  }
}

// A pipe in place of standard error, which nobody reads until the test does.
class UnreadPipe {
 public:
  UnreadPipe() : saved_(dup(STDERR_FILENO)) {
    EXPECT_EQ(pipe(ends_), 0);
    dup2(ends_[1], STDERR_FILENO);
  }
  ~UnreadPipe() {
    close(ends_[0]);
    close(saved_);
  }

  // Reads all lines there are and that still come.
  std::string ReadAll() {
    std::string text;
    std::thread reader([this, &text] {
      char buffer[65536];
      for (ssize_t n = 0; (n = read(ends_[0], buffer, sizeof(buffer))) > 0;) text.append(buffer, n);
    });
    FlushLog(absl::InfiniteDuration());
    dup2(saved_, STDERR_FILENO);
    close(ends_[1]);
    reader.join();
    return text;
  }

 private:
  const int saved_;
  int ends_[2];
};

TEST(LogTest, SlowReaderCostsTheOldestLinesNotTime) {
  UnreadPipe pipe;
  constexpr int kLines = 20000;
  Log(LogLevel::kInfo, "test", {{"i", 0}});
  FlushLog(absl::InfiniteDuration());  // the pipe has room for this one
  for (int i = 1; i < kLines; ++i) Log(LogLevel::kInfo, "test", {{"i", i}});
  FlushLog(absl::ZeroDuration());  // gives up at once
  const std::string text = pipe.ReadAll();
  EXPECT_THAT(text, HasSubstr("\"event\":\"log_lines_dropped\",\"count\":"));
  EXPECT_THAT(text, HasSubstr("\"i\":0}"));
  EXPECT_THAT(text, HasSubstr("\"i\":19999}"));
  EXPECT_THAT(text, testing::Not(HasSubstr("\"i\":10000}")));
}

// A forked child has no log thread, so these two start the program anew.
TEST(LogDeathTest, ReaderThatWentAwayEndsNothing) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        int ends[2];
        if (pipe(ends) != 0) _exit(1);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        Log(LogLevel::kInfo, "test");
        FlushLog(absl::InfiniteDuration());
        exit(7);
      },
      testing::ExitedWithCode(7), "");
}

TEST(LogDeathTest, ExitWritesWhatIsQueued) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        for (int i = 0; i < 500; ++i) Log(LogLevel::kInfo, "last_words", {{"i", i}});
        exit(0);
      },
      testing::ExitedWithCode(0), "\"i\":499");
}

}  // namespace
}  // namespace evertoken
