#ifndef EVERTOKEN_SERVER_BROKER_PLACE_SHARES_H_
#define EVERTOKEN_SERVER_BROKER_PLACE_SHARES_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "server/base/clock.h"

namespace evertoken {

// Shares a number of places among lines of work, apps at providers, so that one that takes long leaves room for the others: as long as
// others ask too, a line may hold kPerFree times as many places as are free. (The dynamic threshold of shared buffers: Choudhury and
// Hahne, 1998.) Belongs to one executor.
class PlaceShares {
 public:
  // `places` at least 1. `clock` must outlive the shares.
  PlaceShares(int places, const Clock* clock) : places_(places), clock_(clock) {}

  static constexpr int kPerFree = 4;
  // A line that has not asked for so long wants nothing.
  static constexpr absl::Duration kMemory = absl::Minutes(1);

  // A place; goes back when this goes away.
  class Place {
   public:
    Place(PlaceShares* shares, std::string line) : shares_(shares), line_(std::move(line)) {}
    Place(Place&& other) noexcept
        : shares_(std::exchange(other.shares_, nullptr)), line_(std::move(other.line_)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (shares_ != nullptr) shares_->GiveBack(line_);
    }

   private:
    PlaceShares* shares_;
    std::string line_;
  };

  // nullopt: the line has its share, or everything is taken. The shares must outlive the place.
  std::optional<Place> Take(const std::string& line) {
    const absl::Duration now = clock_->SinceBoot();
    absl::erase_if(lines_, [now](const auto& entry) {
      return entry.second.held == 0 && now - entry.second.asked > kMemory;
    });
    Line& asking = lines_[line];
    asking.asked = now;
    const int free = places_ - taken_;
    if (free <= 0 || (lines_.size() > 1 && asking.held >= kPerFree * free)) return std::nullopt;
    ++taken_;
    ++asking.held;
    return std::make_optional<Place>(this, line);
  }

 private:
  struct Line {
    int held = 0;
    absl::Duration asked;  // since boot
  };

  void GiveBack(const std::string& line) {
    --taken_;
    --lines_[line].held;
  }

  const int places_;
  const Clock* const clock_;
  int taken_ = 0;
  absl::flat_hash_map<std::string, Line> lines_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_PLACE_SHARES_H_
