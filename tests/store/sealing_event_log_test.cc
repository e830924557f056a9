#include "server/store/sealing_event_log.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/key_ring.h"
#include "server/store/memory/memory_event_log.h"
#include "server/store/memory/memory_store.h"
#include "server/store/sealing_store.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class SealingEventLogTest : public testing::Test {
 protected:
  using Store = std::unique_ptr<SealingStore>;
  using Log = std::unique_ptr<SealingEventLog>;

  Store StoreWith(const KeyRing* keys) {
    return std::make_unique<SealingStore>(std::make_unique<MemoryStore>(&backend_), keys);
  }
  Log LogWith(const KeyRing* keys) {
    return std::make_unique<SealingEventLog>(std::make_unique<MemoryEventLog>(&backend_), keys);
  }
  void Append(SealingStore* store, const std::string& key, const std::string& event) {
    GrantWrite write{"shop", "tokens", absl::Hours(1)};
    write.events = {event};
    ASSERT_THAT(executor_.Await(store->CreateGrant({key}, write)), IsOk());
  }
  EventBatch Read(EventLog* log, EventPosition after = {}) {
    return *executor_.Await(log->Read(0, after, 100));
  }

  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  MemoryBackend backend_{&clock_};
  const std::unique_ptr<KeyRing> keys_ = *KeyRing::New(KeyRing::Generate("k1"));
  const std::unique_ptr<KeyRing> other_keys_ = *KeyRing::New(KeyRing::Generate("k2"));
  MemoryEventLog raw_{&backend_};
};

TEST_F(SealingEventLogTest, NothingLiesBelowInPlainText) {
  const Store store = StoreWith(keys_.get());
  Append(store.get(), "key", "renewed for alice");
  EXPECT_THAT(Read(&raw_).events.at(0).record, Not(HasSubstr("alice")));
  EXPECT_EQ(Read(&raw_).events.at(0).app, "shop");
  const Log log = LogWith(keys_.get());
  const EventBatch batch = Read(log.get());
  EXPECT_EQ(batch.events.at(0).record, "renewed for alice");
  EXPECT_FALSE(batch.lost);
}

TEST_F(SealingEventLogTest, EventThatCannotBeOpenedStopsNoneBehindIt) {
  const Store old_store = StoreWith(other_keys_.get());
  const Store store = StoreWith(keys_.get());
  Append(store.get(), "one", "first");
  Append(old_store.get(), "two", "of a key that is gone");
  Append(store.get(), "three", "third");
  const Log log = LogWith(keys_.get());
  const EventBatch batch = Read(log.get());
  ASSERT_THAT(batch.events, SizeIs(3));
  EXPECT_FALSE(batch.lost);
  EXPECT_EQ(batch.events[0].record, "first");
  EXPECT_EQ(batch.events[1].record, "");
  EXPECT_EQ(batch.events[2].record, "third");
}

TEST_F(SealingEventLogTest, EventOfAnotherAppIsRefused) {
  const Store store = StoreWith(keys_.get());
  Append(store.get(), "key", "renewed");
  // The sealed record again, said to be another app's.
  GrantWrite write{"other-app", "tokens", absl::Hours(1)};
  write.events = {Read(&raw_).events.at(0).record};
  ASSERT_THAT(executor_.Await(MemoryStore(&backend_).CreateGrant({"other"}, write)), IsOk());
  const Log log = LogWith(keys_.get());
  const EventBatch batch = Read(log.get());
  EXPECT_EQ(batch.events.at(0).record, "renewed");
  EXPECT_EQ(batch.events.at(1).record, "");
}

}  // namespace
}  // namespace evertoken
