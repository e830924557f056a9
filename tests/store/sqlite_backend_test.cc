#include "server/store/sqlite/sqlite_backend.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "server/base/event_loop.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/temp_dir.h"

namespace evertoken {
namespace {

constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;

GrantWrite Write(std::string record) {
  return GrantWrite{"shop", std::move(record), absl::Hours(1)};
}

// A server's life with a database file.
class Server {
 public:
  Server(const std::string& path, const Clock* clock)
      : backend_(*SqliteBackend::Open(path, clock)) {}
  ~Server() { loop_.Stop(); }

  template <typename T>
  T Run(Task<T> task) {
    return AwaitOn(&loop_, std::move(task));
  }
  SqliteStore* operator->() { return &store_; }
  SqliteBackend* backend() { return backend_.get(); }
  EventLoop* loop() { return &loop_; }

 private:
  const std::unique_ptr<SqliteBackend> backend_;
  EventLoop loop_{"sqlite-test"};
  SqliteStore store_{backend_.get()};
};

// An operation that only looks.
class Look final : public SqliteBackend::Operation {
 public:
  Look(bool writes, std::function<absl::Status(SqliteSlots*)> look,
       std::promise<absl::Status> answer)
      : writes_(writes), look_(std::move(look)), answer_(std::move(answer)) {}
  bool writes() const override { return writes_; }
  void Run(SqliteSlots* slots, absl::Time) override { result_ = look_(slots); }
  void Answer(const absl::Status& committed) override {
    answer_.set_value(committed.ok() ? result_ : committed);
  }

 private:
  const bool writes_;
  const std::function<absl::Status(SqliteSlots*)> look_;
  std::promise<absl::Status> answer_;
  absl::Status result_;
};

std::future<absl::Status> Submit(SqliteBackend* backend, bool writes,
                                 std::function<absl::Status(SqliteSlots*)> look) {
  std::promise<absl::Status> promise;
  std::future<absl::Status> answer = promise.get_future();
  backend->Submit(std::make_unique<Look>(writes, std::move(look), std::move(promise)));
  return answer;
}

// Holds the backend's thread, so that what is submitted meanwhile makes one batch.
class Gate {
 public:
  explicit Gate(SqliteBackend* backend)
      : passed_(Submit(backend, false, [this](SqliteSlots*) {
          begun_.Notify();
          open_.WaitForNotification();
          return absl::OkStatus();
        })) {
    begun_.WaitForNotification();
  }
  void Open() {
    open_.Notify();
    EXPECT_THAT(passed_.get(), IsOk());
  }

 private:
  absl::Notification begun_;
  absl::Notification open_;
  std::future<absl::Status> passed_;
};

int64_t CountRows(SqliteBackend* backend, const std::string& table) {
  int64_t rows = -1;
  EXPECT_THAT(Submit(backend, false,
                     [&](SqliteSlots* slots) {
                       absl::StatusOr<SqliteStatement> count =
                           slots->database().Prepare(absl::StrCat("SELECT count(*) FROM ", table));
                       if (!count.ok() || !count->Step().ok())
                         return absl::InternalError("no count");
                       rows = count->Int(0);
                       return absl::OkStatus();
                     })
                  .get(),
              IsOk());
  return rows;
}

class SqliteBackendTest : public testing::Test {
 protected:
  TempDir dir_;
  const std::string path_ = dir_.File("evertoken.db");
  FakeClock clock_;
};

TEST_F(SqliteBackendTest, EverythingIsThereAfterARestart) {
  {
    Server server(path_, &clock_);
    ASSERT_THAT(server.Run(server->CreateGrant({"grant"}, Write("tokens"))), IsOk());
    ASSERT_THAT(server.Run(server->PutTicket({"ticket"}, "shop", "state", absl::Hours(1))), IsOk());
    ASSERT_THAT(server.Run(server->BeginRenewal({"grant"}, "me", absl::Minutes(10))), IsOk());
  }
  clock_.Advance(absl::Minutes(5));
  Server server(path_, &clock_);
  const absl::StatusOr<RenewalLease> lease =
      server.Run(server->BeginRenewal({"grant"}, "you", absl::Minutes(10)));
  ASSERT_THAT(lease, IsOk());
  EXPECT_FALSE(lease->acquired);
  EXPECT_EQ(lease->slot.held_for, absl::Minutes(5));
  EXPECT_EQ(lease->slot.record, "tokens");
  EXPECT_EQ(lease->slot.open_attempt->lost_answers, 1);
  EXPECT_EQ(lease->slot.open_attempt->age, absl::Minutes(5));
  EXPECT_EQ(server.Run(server->SpendTicket({"ticket"}, "shop", absl::Hours(1)))->record, "state");
}

TEST_F(SqliteBackendTest, AnsweredWritesSurviveAKilledProcessThatKeepsOthersOut) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    Server server(path_, &clock_);
    const absl::Status created = server.Run(server->CreateGrant({"grant"}, Write("tokens")));
    const char answer = created.ok() ? 'y' : 'n';
    if (write(ready[1], &answer, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_THAT(SqliteBackend::Open(path_, &clock_), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                            testing::HasSubstr("another process")));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);

  Server server(path_, &clock_);
  EXPECT_EQ(server.Run(server->ReadGrant({"grant"}))->record, "tokens");
}

// Files of this process may not grow beyond `bytes`: the nearest thing to a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(SqliteBackendTest, FullDiskIsUnavailableAndLosesNothing) {
  {
    Server server(path_, &clock_);
    ASSERT_THAT(server.Run(server->CreateGrant({"kept"}, Write("tokens"))), IsOk());
    {
      FullDisk full(256 << 10);
      EXPECT_THAT(server.Run(server->CreateGrant({"large"}, Write(std::string(1 << 20, 'x')))),
                  StatusIs(kUnavailable));
      EXPECT_THAT(server.Run(server->WriteGrant({"kept"}, 1, Write(std::string(1 << 20, 'x')))),
                  StatusIs(kUnavailable));
      EXPECT_EQ(server.Run(server->ReadGrant({"kept"}))->record, "tokens");
    }
    EXPECT_THAT(server.Run(server->ReadGrant({"large"})), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(server.Run(server->WriteGrant({"kept"}, 1, Write("renewed"))), IsOkAndHolds(2u));
    EXPECT_THAT(server.Run(server->Ping()), IsOk());
  }
  Server server(path_, &clock_);
  EXPECT_EQ(server.Run(server->ReadGrant({"kept"}))->record, "renewed");
  EXPECT_EQ(CountRows(server.backend(), "pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
}

TEST_F(SqliteBackendTest, WritesThatShareATransactionAreLostTogetherAndToldSo) {
  Server server(path_, &clock_);
  Gate gate(server.backend());
  auto small = Submit(server.backend(), true, [&](SqliteSlots* slots) {
    return slots->CreateGrant({"small"}, Write("tokens"), clock_.Now());
  });
  auto read = Submit(server.backend(), false, [&](SqliteSlots* slots) {
    return slots->ReadGrant({"small"}, clock_.Now()).status();
  });
  auto broken = Submit(server.backend(), true,
                       [&](SqliteSlots* slots) { return slots->database().Execute("ROLLBACK"); });
  auto behind = Submit(server.backend(), true, [&](SqliteSlots* slots) {
    return slots->CreateGrant({"behind"}, Write("tokens"), clock_.Now());
  });
  gate.Open();
  EXPECT_THAT(small.get(), StatusIs(kUnavailable));
  EXPECT_THAT(broken.get(), StatusIs(kUnavailable));
  EXPECT_THAT(behind.get(), StatusIs(kUnavailable));
  // Reads see nothing that is not committed.
  EXPECT_THAT(read.get(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(CountRows(server.backend(), "grants"), 0);
}

TEST_F(SqliteBackendTest, FailedStatementFailsItsOwnOperationOnly) {
  Server server(path_, &clock_);
  Gate gate(server.backend());
  auto first = Submit(server.backend(), true, [&](SqliteSlots* slots) {
    return slots->CreateGrant({"first"}, Write("tokens"), clock_.Now());
  });
  auto broken = Submit(server.backend(), true, [&](SqliteSlots* slots) {
    return slots->database().Execute("INSERT INTO pulse VALUES (NULL)");
  });
  auto second = Submit(server.backend(), true, [&](SqliteSlots* slots) {
    return slots->CreateGrant({"second"}, Write("tokens"), clock_.Now());
  });
  gate.Open();
  EXPECT_THAT(first.get(), IsOk());
  EXPECT_THAT(broken.get(), StatusIs(kUnavailable));
  EXPECT_THAT(second.get(), IsOk());
  EXPECT_EQ(CountRows(server.backend(), "grants"), 2);
}

TEST_F(SqliteBackendTest, TooManyWaitingOperationsAreRefused) {
  Server server(path_, &clock_);
  Gate gate(server.backend());
  const auto nothing = [](SqliteSlots*) { return absl::OkStatus(); };
  std::vector<std::future<absl::Status>> waiting;
  for (size_t i = 0; i < SqliteBackend::kMaxWaiting; ++i)
    waiting.push_back(Submit(server.backend(), false, nothing));
  EXPECT_THAT(Submit(server.backend(), false, nothing).get(), StatusIs(kUnavailable));
  gate.Open();
  for (std::future<absl::Status>& answer : waiting) EXPECT_THAT(answer.get(), IsOk());
}

TEST_F(SqliteBackendTest, OutlivedRowsAreDeletedInIdleMoments) {
  {
    Server server(path_, &clock_);
    for (int i = 0; i < 500; ++i) {
      ASSERT_THAT(server.Run(server->CreateGrant({absl::StrCat(i)}, Write("tokens"))), IsOk());
    }
    ASSERT_THAT(server.Run(server->PutTicket({"ticket"}, "shop", "state", absl::Minutes(1))),
                IsOk());
    clock_.Advance(absl::Minutes(59));
    ASSERT_THAT(server.Run(server->CreateGrant({"living"}, Write("tokens"))), IsOk());
    clock_.Advance(absl::Minutes(2));
    ASSERT_THAT(server.Run(server->Ping()), IsOk());
    // Batches follow one another while nothing else waits; each answers what came in between.
    while (CountRows(server.backend(), "grants") > 1) continue;
    EXPECT_THAT(server.Run(server->ReadGrant({"living"})), IsOk());
  }
  Server server(path_, &clock_);
  EXPECT_EQ(CountRows(server.backend(), "tickets"), 0);
}

}  // namespace
}  // namespace evertoken
