#ifndef EVERTOKEN_SERVER_BROKER_PUT_OFF_BOOK_H_
#define EVERTOKEN_SERVER_BROKER_PUT_OFF_BOOK_H_

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "server/base/clock.h"

namespace evertoken {

// Says when grants are looked at again that cannot be tended now: one after the other, in the order in which they were put off, so that
// a million of them come back oldest first and at a bounded rate. Each line, an app at a provider, is counted alone: the few grants of
// one do not wait behind the many of another. Belongs to one executor.
class PutOffBook {
 public:
  // `rate`, above 0: how many come back a second, of one line or of a few together; of many lines up to a quarter of it each, because
  // most of them are short. `clock` must outlive the book.
  PutOffBook(double rate, const Clock* clock) : rate_(rate), clock_(clock) {}

  // The waiting time of the line's next grant: `least`, and longer behind others.
  absl::Duration PutOff(const std::string& line, absl::Duration least);

  // So many lines share the rate before it is exceeded.
  static constexpr size_t kSharedBy = 4;

  // Lines whose grants have not all come back.
  size_t lines() const { return last_.size(); }

 private:
  const double rate_;
  const Clock* const clock_;
  // When the last grant of a line comes back, since boot.
  absl::flat_hash_map<std::string, absl::Duration> last_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_PUT_OFF_BOOK_H_
