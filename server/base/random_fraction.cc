#include "server/base/random_fraction.h"

#include <sodium.h>

namespace evertoken {

double RandomFraction() {
  // Before it, the library's generator must not be used from two threads.
  [[maybe_unused]] static const int initialized = sodium_init();
  return randombytes_random() / 4294967296.0;
}

}  // namespace evertoken
