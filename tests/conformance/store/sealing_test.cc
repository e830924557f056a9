#include <memory>
#include <vector>

#include "server/store/key_ring.h"
#include "server/store/memory/memory_due_queue.h"
#include "server/store/memory/memory_event_log.h"
#include "server/store/memory/memory_store.h"
#include "server/store/sealing_event_log.h"
#include "server/store/sealing_store.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

class SealingHarness final : public StoreHarness {
 public:
  TokenStore* store(size_t) override { return &store_; }
  DueQueue* due(size_t) override { return &due_; }
  EventLog* events(size_t) override { return &events_; }
  void Advance(absl::Duration duration) override { clock_.Advance(duration); }

 private:
  FakeClock clock_;
  MemoryBackend backend_{&clock_};
  const std::unique_ptr<KeyRing> keys_ = *KeyRing::New(KeyRing::Generate("k1"));
  // The suite counts versions.
  SealingStore store_{std::make_unique<MemoryStore>(&backend_), keys_.get(), /*longest_step=*/1};
  MemoryDueQueue due_{&backend_};
  SealingEventLog events_{std::make_unique<MemoryEventLog>(&backend_), keys_.get()};
};

INSTANTIATE_STORE_CONFORMANCE(SealedMemory, [](const std::vector<EventLoop*>&) {
  return std::make_unique<SealingHarness>();
});

}  // namespace
}  // namespace evertoken
