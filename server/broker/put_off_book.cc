#include "server/broker/put_off_book.h"

#include <algorithm>

namespace evertoken {

absl::Duration PutOffBook::PutOff(const std::string& line, absl::Duration least) {
  const absl::Duration now = clock_->SinceBoot();
  absl::erase_if(last_, [now](const auto& entry) { return entry.second <= now; });
  const auto [place, is_new] = last_.try_emplace(line, now + least);
  if (is_new) return least;
  const absl::Duration apart =
      absl::Seconds(static_cast<double>(std::min(last_.size(), kSharedBy)) / rate_);
  place->second = std::max(now + least, place->second + apart);
  return place->second - now;
}

}  // namespace evertoken
