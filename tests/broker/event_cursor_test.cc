#include "server/broker/event_cursor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "server/base/error.h"
#include "server/store/key_ring.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::HasSubstr;

constexpr uint64_t kLargest = std::numeric_limits<uint64_t>::max();

class EventCursorTest : public testing::Test {
 protected:
  // One field is named, and the text says what to do.
  static void ExpectRefused(const absl::StatusOr<EventPositions>& decoded) {
    ASSERT_THAT(decoded, HasReason(v1::ERROR_REASON_REQUEST_INVALID));
    const std::vector<FieldViolation> fields = FieldViolationsOf(decoded.status());
    ASSERT_EQ(fields.size(), 1u);
    EXPECT_EQ(fields[0].field, "cursor");
    EXPECT_THAT(fields[0].description, HasSubstr("empty cursor"));
  }

  const std::unique_ptr<KeyRing> keys_ = *KeyRing::New(KeyRing::Generate("k1"));
  const EventPositions positions_ = {{}, {1'700'000'000'000, 7}, {0, 42}, {kLargest, kLargest}};
  const std::string cursor_ = EncodeCursor(*keys_, "shop", positions_);
};

TEST_F(EventCursorTest, PositionsComeBack) {
  EXPECT_THAT(DecodeCursor(*keys_, "shop", cursor_, 4), IsOkAndHolds(positions_));
}

TEST_F(EventCursorTest, ItIsOpaque) {
  EXPECT_NE(cursor_, EncodeCursor(*keys_, "shop", positions_));
  EXPECT_EQ(
      cursor_.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
      std::string::npos);
}

TEST_F(EventCursorTest, OneOfManyShardsIsShortEnoughToKeep) {
  const EventPositions many(32, EventPosition{1'700'000'000'000, 100});
  EXPECT_LT(EncodeCursor(*keys_, "shop", many).size(), 512u);
}

TEST_F(EventCursorTest, AnotherAppsIsRefused) {
  ExpectRefused(DecodeCursor(*keys_, "other", cursor_, 4));
}

TEST_F(EventCursorTest, AForgedOneIsRefused) {
  for (const char* text : {"?", "AAAA", "x", "eyJ0aW1lcyI6WzFdfQ"})
    ExpectRefused(DecodeCursor(*keys_, "shop", text, 4));
  for (size_t i = 0; i < cursor_.size(); ++i) {
    std::string changed = cursor_;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    // The last character may hold bits that are no part of the bytes.
    std::string bytes, changed_bytes;
    ASSERT_TRUE(absl::WebSafeBase64Unescape(cursor_, &bytes));
    if (absl::WebSafeBase64Unescape(changed, &changed_bytes) && bytes == changed_bytes) continue;
    ExpectRefused(DecodeCursor(*keys_, "shop", changed, 4));
    ExpectRefused(DecodeCursor(*keys_, "shop", cursor_.substr(0, i), 4));
  }
}

TEST_F(EventCursorTest, OneOfAKeyThatIsGoneIsRefused) {
  const std::unique_ptr<KeyRing> others = *KeyRing::New(KeyRing::Generate("k2"));
  ExpectRefused(DecodeCursor(*others, "shop", cursor_, 4));
}

TEST_F(EventCursorTest, ASealedRecordOfAnotherKindIsRefused) {
  for (const char* context : {"shop", "watch-cursor-2:shop", "5:event4:shop"})
    ExpectRefused(DecodeCursor(
        *keys_, "shop", absl::WebSafeBase64Escape(keys_->Seal("\x0a\x01\x01\x12\x01\x01", context)),
        1));
}

TEST_F(EventCursorTest, AMessageOfOurOwnThatMakesNoSenseIsRefused) {
  const auto sealed = [this](absl::string_view message) {
    return absl::WebSafeBase64Escape(keys_->Seal(message, "watch-cursor-1:shop"));
  };
  EXPECT_THAT(DecodeCursor(*keys_, "shop", sealed("\x0a\x01\x01\x12\x01\x01"), 1),
              IsOkAndHolds(EventPositions{{1, 1}}));
  ExpectRefused(DecodeCursor(*keys_, "shop", sealed("\x0a\x01\x01"), 1));
  ExpectRefused(DecodeCursor(*keys_, "shop", sealed("\xff"), 1));
}

TEST_F(EventCursorTest, OneOfAnotherStoreMeansThatEventsAreLost) {
  EXPECT_THAT(DecodeCursor(*keys_, "shop", cursor_, 32), HasReason(v1::ERROR_REASON_EVENTS_LOST));
  EXPECT_THAT(DecodeCursor(*keys_, "shop", cursor_, 1), HasReason(v1::ERROR_REASON_EVENTS_LOST));
}

}  // namespace
}  // namespace evertoken
