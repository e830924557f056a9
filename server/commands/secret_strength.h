#ifndef EVERTOKEN_SERVER_COMMANDS_SECRET_STRENGTH_H_
#define EVERTOKEN_SERVER_COMMANDS_SECRET_STRENGTH_H_

#include "absl/status/status.h"
#include "server/base/secret.h"

namespace evertoken {

inline constexpr size_t kLongestSecret = 256;

// Whether an app secret could be random enough to be kept as a fast keyed hash: INVALID_ARGUMENT, with the reason, for less than
// 128 bits by its alphabet (hexadecimal 4 bits a character, otherwise 6), for few different characters, for characters that
// Basic authentication cannot carry, and beyond kLongestSecret. Words that people make up may still pass: nobody can tell.
absl::Status CheckSecretStrength(const Secret& secret);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_SECRET_STRENGTH_H_
