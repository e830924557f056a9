#ifndef EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_BACKEND_H_
#define EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_BACKEND_H_

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/store/change_watch.h"
#include "server/store/sqlite/sqlite_slots.h"

namespace evertoken {

// The thread that alone touches the database. What waits for it is run in one transaction and answered after its commit, so
// that many writers share one fsync. Thread-safe.
class SqliteBackend {
 public:
  // One operation of a caller, who waits for an answer.
  class Operation {
   public:
    virtual ~Operation() = default;
    virtual bool writes() const = 0;
    virtual void Run(SqliteSlots* slots, absl::Time now) = 0;
    // Called once. With OK: the result of Run holds; otherwise nothing was done.
    virtual void Answer(const absl::Status& committed) = 0;
  };

  // Errors as SqliteDatabase::Open. `clock` must outlive the backend.
  static absl::StatusOr<std::unique_ptr<SqliteBackend>> Open(const std::string& path,
                                                             const Clock* clock);

  // Finishes what was submitted, then closes the database.
  ~SqliteBackend();
  SqliteBackend(const SqliteBackend&) = delete;
  SqliteBackend& operator=(const SqliteBackend&) = delete;

  // Answers UNAVAILABLE at once when more than kMaxWaiting operations wait.
  void Submit(std::unique_ptr<Operation> operation);

  static constexpr size_t kMaxWaiting = 20000;

  // Is notified by the stores: of a slot's key when the grant was written or its lease freed, and of kAnyEvent when events were
  // appended.
  ChangeWatch* changes() { return &changes_; }
  static constexpr char kAnyEvent[] = "";

 private:
  using Batch = std::vector<std::unique_ptr<Operation>>;

  SqliteBackend(std::unique_ptr<SqliteSlots> slots, const Clock* clock);

  void Run();
  // Waits for something to do; empty when it is the purge or the end.
  Batch Take(bool* stopped);
  void RunReads(Batch* batch);
  void RunWrites(Batch* batch);
  absl::Status RunTransaction(Batch* batch);
  void PurgeIfDue();

  const std::unique_ptr<SqliteSlots> slots_;
  const Clock* const clock_;
  ChangeWatch changes_;
  absl::Mutex mutex_;
  std::deque<std::unique_ptr<Operation>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // The thread's own.
  absl::Time purged_ = absl::InfinitePast();
  bool more_to_purge_ = false;
  std::thread thread_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_BACKEND_H_
