#include "server/base/log.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "server/base/error.h"
#include "server/base/json_text.h"
#include "spdlog/async_logger.h"
#include "spdlog/details/thread_pool.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/base_sink.h"

namespace evertoken {
namespace {

constexpr size_t kQueuedLines = 4096;
constexpr size_t kLongestText = 4096;
constexpr size_t kMostGathered = 64 << 10;
constexpr absl::Duration kGatherTime = absl::Milliseconds(2);
constexpr absl::Duration kExitPatience = absl::Seconds(2);

std::atomic<LogLevel> least_level{LogLevel::kInfo};

// Writes whole lines to standard error; on the logger's own thread, so it may wait for the reader.
void WriteLine(absl::string_view line) {
  while (!line.empty()) {
    const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    if (written > 0) {
      line.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      // Somebody made the terminal non-blocking.
      pollfd writable{STDERR_FILENO, POLLOUT, 0};
      poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return;  // nobody reads: there is no other place to complain
    }
  }
}

class StderrSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  void set_pool(spdlog::details::thread_pool* pool) { pool_ = pool; }

  // Waits until `lines` were written or dropped.
  void Await(uint64_t lines, absl::Duration limit) {
    absl::MutexLock lock(&mutex_);
    ++in_a_hurry_;
    const auto done = [this, lines]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return written_ + pool_->overrun_counter() >= lines;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&done), limit);
    --in_a_hurry_;
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    ReportDropped(message);
    Gather(message);
    ++gathered_;
    if (pool_->queue_size() > 0 && lines_.size() < kMostGathered) return;
    WriteLine(absl::string_view(lines_.data(), lines_.size()));
    lines_.clear();
    const auto in_a_hurry = [this]()
                                ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return in_a_hurry_ > 0; };
    absl::MutexLock lock(&mutex_);
    written_ += std::exchange(gathered_, 0);
    // While this thread is not waiting for a line, nobody who logs has to wake it.
    mutex_.AwaitWithTimeout(absl::Condition(&in_a_hurry), kGatherTime);
  }
  void flush_() override {}

 private:
  void Gather(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    lines_.append(line.data(), line.size());
  }

  void ReportDropped(const spdlog::details::log_msg& cause) {
    const size_t dropped = pool_->overrun_counter();
    if (dropped == reported_) return;
    const std::string text = absl::StrFormat(
        R"("level":"warn","event":"log_lines_dropped","count":%d})", dropped - reported_);
    reported_ = dropped;
    spdlog::details::log_msg report = cause;
    report.payload = spdlog::string_view_t(text.data(), text.size());
    Gather(report);
  }

  spdlog::details::thread_pool* pool_ = nullptr;
  size_t reported_ = 0;
  std::string lines_;  // to be written
  uint64_t gathered_ = 0;
  absl::Mutex mutex_;
  uint64_t written_ ABSL_GUARDED_BY(mutex_) = 0;
  int in_a_hurry_ ABSL_GUARDED_BY(mutex_) = 0;
};

void PrepareLogThread() {
  // All signals belong to other threads; a reader that went away is an error of write(), not the end of the process.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), "log");
}

// The one logger of the process. Never destroyed, so that threads may log until the very end.
class Logger {
 public:
  static Logger& Get() {
    static Logger* const logger = [] {
      auto* made = new Logger();
      std::atexit([] { FlushLog(kExitPatience); });
      return made;
    }();
    return *logger;
  }

  void Write(const std::string& line) {
    queued_.fetch_add(1, std::memory_order_relaxed);
    logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }

  void Flush(absl::Duration limit) { sink_->Await(queued_.load(std::memory_order_relaxed), limit); }

 private:
  Logger()
      : sink_(std::make_shared<StderrSink>()),
        pool_(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1, PrepareLogThread)),
        logger_(std::make_shared<spdlog::async_logger>(
            "evertoken", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest)) {
    sink_->set_pool(pool_.get());
    // The time is taken when the line is made, by the library's clock.
    logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v)", spdlog::pattern_time_type::utc, "\n"));
  }

  std::shared_ptr<StderrSink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
  std::atomic<uint64_t> queued_{0};
};

absl::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
    case LogLevel::kNone:
      return "error";
  }
  return "error";
}

void AppendField(absl::string_view name, absl::string_view json, std::string* line) {
  absl::StrAppend(line, ",", JsonQuote(name), ":", json);
}

void AppendText(absl::string_view name, absl::string_view text, std::string* line) {
  if (!text.empty()) AppendField(name, JsonQuote(text), line);
}

}  // namespace

LogField::LogField(absl::string_view name_in, absl::string_view value)
    : name(name_in),
      json(value.size() <= kLongestText
               ? JsonQuote(value)
               : JsonQuote(absl::StrCat(value.substr(0, kLongestText), "…"))) {}

LogField::LogField(absl::string_view name_in, double value)
    : name(name_in), json(std::isfinite(value) ? absl::StrFormat("%.10g", value) : "null") {}

LogField::LogField(absl::string_view name_in, const absl::Status& status)
    : LogField(name_in, absl::StrCat(ReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED
                                         ? absl::StatusCodeToString(status.code())
                                         : ReasonName(ReasonOf(status)),
                                     status.ok() ? "" : ": ", status.message())) {}

void Log(LogLevel level, absl::string_view event, const RequestContext& context,
         std::initializer_list<LogField> fields) {
  if (!LogEnabled(level)) return;
  std::string line = absl::StrCat("\"level\":\"", NameOf(level), "\",\"event\":", JsonQuote(event));
  AppendText("request_id", context.request_id, &line);
  AppendText("trace_id", context.trace_id, &line);
  AppendText("app", context.app, &line);
  for (const LogField& field : fields) AppendField(field.name, field.json, &line);
  line.push_back('}');
  Logger::Get().Write(line);
}

void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields) {
  Log(level, event, RequestContext(), fields);
}

void SetLogLevel(LogLevel level) { least_level.store(level, std::memory_order_relaxed); }

bool LogEnabled(LogLevel level) { return level >= least_level.load(std::memory_order_relaxed); }

void FlushLog(absl::Duration limit) { Logger::Get().Flush(limit); }

}  // namespace evertoken
