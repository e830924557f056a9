#include <memory>
#include <vector>

#include "server/store/memory/memory_due_queue.h"
#include "server/store/memory/memory_event_log.h"
#include "server/store/memory/memory_store.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

class MemoryHarness final : public StoreHarness {
 public:
  TokenStore* store(size_t) override { return &store_; }
  DueQueue* due(size_t) override { return &due_; }
  EventLog* events(size_t) override { return &events_; }
  void Advance(absl::Duration duration) override { clock_.Advance(duration); }

 private:
  FakeClock clock_;
  MemoryBackend backend_{&clock_};
  MemoryStore store_{&backend_};
  MemoryDueQueue due_{&backend_};
  MemoryEventLog events_{&backend_};
};

INSTANTIATE_STORE_CONFORMANCE(Memory, [](const std::vector<EventLoop*>&) {
  return std::make_unique<MemoryHarness>();
});

}  // namespace
}  // namespace evertoken
