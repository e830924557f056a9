#include <memory>
#include <vector>

#include "server/store/sqlite/sqlite_due_queue.h"
#include "server/store/sqlite/sqlite_event_log.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/fake_clock.h"
#include "tests/store/temp_dir.h"

namespace evertoken {
namespace {

class SqliteHarness final : public StoreHarness {
 public:
  TokenStore* store(size_t) override { return &store_; }
  DueQueue* due(size_t) override { return &due_; }
  EventLog* events(size_t) override { return &events_; }
  void Advance(absl::Duration duration) override { clock_.Advance(duration); }

 private:
  TempDir dir_;
  FakeClock clock_;
  const std::unique_ptr<SqliteBackend> backend_ =
      *SqliteBackend::Open(dir_.File("evertoken.db"), &clock_);
  SqliteStore store_{backend_.get()};
  SqliteDueQueue due_{backend_.get()};
  SqliteEventLog events_{backend_.get()};
};

INSTANTIATE_STORE_CONFORMANCE(Sqlite, [](const std::vector<EventLoop*>&) {
  return std::make_unique<SqliteHarness>();
});

}  // namespace
}  // namespace evertoken
