#include "server/broker/place_shares.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

class PlaceSharesTest : public testing::Test {
 protected:
  // How many places the line gets beside those that it has.
  int TakeAll(const std::string& line) {
    for (int taken = 0;; ++taken) {
      std::optional<PlaceShares::Place> place = shares.Take(line);
      if (!place.has_value()) return taken;
      kept.push_back(*std::move(place));
    }
  }

  // Somebody who wants something now and then.
  void Ask(const std::string& line) { shares.Take(line).reset(); }

  FakeClock clock;
  PlaceShares shares{/*places=*/60, &clock};
  std::vector<PlaceShares::Place> kept;
};

TEST_F(PlaceSharesTest, OneAloneGetsAll) { EXPECT_EQ(TakeAll("slow"), 60); }

TEST_F(PlaceSharesTest, RoomIsLeftForThoseWhoAskToo) {
  Ask("other");
  EXPECT_EQ(TakeAll("slow"), 48);
  EXPECT_EQ(TakeAll("other"), 10);
  EXPECT_EQ(TakeAll("third"), 2);
  EXPECT_EQ(TakeAll("fourth"), 0) << "there is nothing left to give";
}

TEST_F(PlaceSharesTest, PlacesComeBack) {
  Ask("other");
  EXPECT_EQ(TakeAll("slow"), 48);
  EXPECT_EQ(TakeAll("slow"), 0);
  kept.pop_back();
  EXPECT_EQ(TakeAll("slow"), 1);
  kept.clear();
  EXPECT_EQ(TakeAll("other"), 48);
}

TEST_F(PlaceSharesTest, WhoCameLateGetsRoomAsPlacesComeBack) {
  EXPECT_EQ(TakeAll("slow"), 60);
  EXPECT_EQ(TakeAll("other"), 0);
  kept.pop_back();
  EXPECT_EQ(TakeAll("slow"), 0);
  EXPECT_EQ(TakeAll("other"), 1);
}

TEST_F(PlaceSharesTest, WhoStoppedAskingIsForgotten) {
  Ask("other");
  clock.Advance(PlaceShares::kMemory + absl::Seconds(1));
  EXPECT_EQ(TakeAll("slow"), 60);
}

}  // namespace
}  // namespace evertoken
