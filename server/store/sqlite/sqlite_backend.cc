#include "server/store/sqlite/sqlite_backend.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "server/base/log.h"

namespace evertoken {
namespace {

// Bounds how long the first caller of a batch waits for the last one's statement.
constexpr size_t kMaxBatch = 512;
constexpr int kPurgedAtOnce = 200;
constexpr absl::Duration kPurgeInterval = absl::Minutes(1);

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteBackend>> SqliteBackend::Open(const std::string& path,
                                                                   const Clock* clock) {
  absl::StatusOr<std::unique_ptr<SqliteDatabase>> database = SqliteDatabase::Open(path);
  if (!database.ok()) return database.status();
  absl::StatusOr<std::unique_ptr<SqliteSlots>> slots = SqliteSlots::New(*std::move(database));
  if (!slots.ok()) return slots.status();
  return std::unique_ptr<SqliteBackend>(new SqliteBackend(*std::move(slots), clock));
}

SqliteBackend::SqliteBackend(std::unique_ptr<SqliteSlots> slots, const Clock* clock)
    : slots_(std::move(slots)), clock_(clock), thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "sqlite");
}

SqliteBackend::~SqliteBackend() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void SqliteBackend::Submit(std::unique_ptr<Operation> operation) {
  {
    absl::MutexLock lock(&mutex_);
    if (waiting_.size() < kMaxWaiting) {
      waiting_.push_back(std::move(operation));
      return;
    }
  }
  operation->Answer(absl::UnavailableError("sqlite: too many operations are waiting"));
}

void SqliteBackend::Run() {
  for (;;) {
    bool stopped = false;
    Batch batch = Take(&stopped);
    if (stopped) return;
    RunReads(&batch);
    RunWrites(&batch);
    PurgeIfDue();
  }
}

SqliteBackend::Batch SqliteBackend::Take(bool* stopped) {
  absl::MutexLock lock(&mutex_);
  const auto something_to_do = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopping_ || more_to_purge_ || !waiting_.empty();
  };
  mutex_.Await(absl::Condition(&something_to_do));
  *stopped = stopping_ && waiting_.empty();
  const size_t size = std::min(waiting_.size(), kMaxBatch);
  Batch batch(std::make_move_iterator(waiting_.begin()),
              std::make_move_iterator(waiting_.begin() + size));
  waiting_.erase(waiting_.begin(), waiting_.begin() + size);
  return batch;
}

// Reads go first and are answered at once: they need not wait for the writes beside them, with which they are concurrent.
void SqliteBackend::RunReads(Batch* batch) {
  for (std::unique_ptr<Operation>& operation : *batch) {
    if (operation->writes()) continue;
    operation->Run(slots_.get(), clock_->Now());
    operation->Answer(absl::OkStatus());
    operation.reset();
  }
  batch->erase(std::remove(batch->begin(), batch->end(), nullptr), batch->end());
}

void SqliteBackend::RunWrites(Batch* batch) {
  if (batch->empty()) return;
  const absl::Status committed = RunTransaction(batch);
  if (!committed.ok()) {
    Log(LogLevel::kError, "sqlite_transaction_failed",
        {{"reason", committed}, {"operations", batch->size()}});
    // What a statement changed must not come back with the next commit.
    if (slots_->database().InTransaction()) slots_->database().Execute("ROLLBACK").IgnoreError();
  }
  for (const std::unique_ptr<Operation>& operation : *batch) operation->Answer(committed);
}

absl::Status SqliteBackend::RunTransaction(Batch* batch) {
  SqliteDatabase& database = slots_->database();
  const absl::Status begun = database.Execute("BEGIN IMMEDIATE");
  if (!begun.ok()) return begun;
  for (const std::unique_ptr<Operation>& operation : *batch) {
    operation->Run(slots_.get(), clock_->Now());
    // A failed statement undoes itself only; some errors (a full disk, a broken one) undo the whole transaction.
    if (!database.InTransaction())
      return absl::UnavailableError("sqlite: the transaction was rolled back");
  }
  return database.Execute("COMMIT");
}

void SqliteBackend::PurgeIfDue() {
  {
    absl::MutexLock lock(&mutex_);
    if (!waiting_.empty()) return;
  }
  const absl::Time now = clock_->Now();
  // A clock that was set back must not stop the purge.
  const bool recent = now >= purged_ && now - purged_ < kPurgeInterval;
  if (recent && !more_to_purge_) return;
  purged_ = now;
  const absl::StatusOr<bool> more = slots_->Purge(now, kPurgedAtOnce);
  more_to_purge_ = more.ok() && *more;
}

}  // namespace evertoken
