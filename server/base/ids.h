#ifndef EVERTOKEN_SERVER_BASE_IDS_H_
#define EVERTOKEN_SERVER_BASE_IDS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace evertoken {

// By the operating system's generator: 0 to `limit` - 1, each as likely.
uint32_t RandomBelow(uint32_t limit);

// `bytes` random bytes of the operating system's generator, as base64url without padding.
std::string RandomToken(size_t bytes);

// 128 random bits as 8-4-4-4-12 lower-case hex. All 128 are random: it is no RFC 9562 UUID, which would fix six of them.
std::string RandomGuid();

// Whether `text` has the shape of RandomGuid, in either case.
bool IsGuid(absl::string_view text);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_IDS_H_
