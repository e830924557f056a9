#include "server/store/memory/memory_due_index.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evertoken {
namespace {

constexpr absl::Time kStart = absl::UnixEpoch();

TEST(MemoryDueIndexTest, GrantsThatNobodyClaimsAreDroppedOnceTheyAreGone) {
  MemoryDueIndex index;
  for (int i = 0; i < 1000; ++i) {
    index.Set(absl::StrCat("old", i), kStart + absl::Minutes(1), kStart + absl::Hours(1), kStart);
  }
  EXPECT_EQ(index.size(), 1000u);
  const absl::Time later = kStart + absl::Hours(2);
  for (int i = 0; i < 1000; ++i) {
    index.Set(absl::StrCat("new", i), later, later + absl::Hours(1), later);
  }
  EXPECT_EQ(index.size(), 1000u);
}

TEST(MemoryDueIndexTest, CountEndsAtItsBound) {
  MemoryDueIndex index;
  for (int i = 0; i < DueClaim::kMostCounted + 50; ++i)
    index.Set(absl::StrCat(i), kStart, kStart + absl::Hours(1), kStart);
  const DueClaim claim = index.Claim("me", absl::Minutes(1), 10, kStart);
  EXPECT_EQ(claim.grants.size(), 10u);
  EXPECT_EQ(claim.still_due, DueClaim::kMostCounted);
}

}  // namespace
}  // namespace evertoken
