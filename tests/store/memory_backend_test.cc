#include "server/store/memory/memory_backend.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

TEST(MemoryBackendTest, OutlivedSlotsAreDroppedAFewAtATime) {
  FakeClock clock;
  MemoryBackend backend(&clock);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_THAT(backend.CreateGrant({absl::StrCat("old", i)}, {"shop", "tokens", absl::Hours(1)}),
                IsOk());
    ASSERT_THAT(backend.PutTicket({absl::StrCat("old", i)}, "shop", "state", absl::Hours(1)),
                IsOk());
  }
  ASSERT_THAT(backend.CreateGrant({"living"}, {"shop", "tokens", absl::Hours(9)}), IsOk());
  EXPECT_EQ(backend.size(), 2001u);
  clock.Advance(absl::Hours(2));
  ASSERT_THAT(backend.CreateGrant({"one"}, {"shop", "tokens", absl::Hours(9)}), IsOk());
  EXPECT_GT(backend.size(), 1990u);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_THAT(backend.CreateGrant({absl::StrCat("new", i)}, {"shop", "tokens", absl::Hours(9)}),
                IsOk());
    ASSERT_THAT(backend.PutTicket({absl::StrCat("new", i)}, "shop", "state", absl::Hours(9)),
                IsOk());
  }
  EXPECT_EQ(backend.size(), 2002u);
  EXPECT_THAT(backend.ReadGrant({"living"}), IsOk());
}

TEST(MemoryBackendTest, RewrittenSlotLivesByItsNewestTtl) {
  FakeClock clock;
  MemoryBackend backend(&clock);
  ASSERT_THAT(backend.CreateGrant({"key"}, {"shop", "one", absl::Hours(1)}), IsOk());
  ASSERT_THAT(backend.WriteGrant({"key"}, 1, {"shop", "two", absl::Hours(9)}), IsOk());
  clock.Advance(absl::Hours(2));
  ASSERT_THAT(backend.WriteGrant({"key"}, 2, {"shop", "three", absl::Hours(9)}), IsOk());
  EXPECT_EQ(backend.ReadGrant({"key"})->record, "three");
  EXPECT_EQ(backend.size(), 1u);
}

}  // namespace
}  // namespace evertoken
