#ifndef EVERTOKEN_SERVER_BASE_RANDOM_FRACTION_H_
#define EVERTOKEN_SERVER_BASE_RANDOM_FRACTION_H_

namespace evertoken {

// Evenly distributed in [0, 1), by the operating system's generator: replicas that start together do not draw alike. Thread-safe.
double RandomFraction();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_RANDOM_FRACTION_H_
