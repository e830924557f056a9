#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_SPOIL_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_SPOIL_H_

#include <string>

#include "absl/time/time.h"
#include "tests/hostile_provider/provider_reply.h"
#include "tests/hostile_provider/trouble.h"

namespace evertoken::hostile {

// The size that Fault::kHugeBody brings a body to.
constexpr size_t kHugeBodyBytes = 10 << 20;

// What becomes of a reply that meets `trouble`. `good` is the reply of a request that was done; the faults of a request that is
// not done look at none of it. `now` is the provider's own time.
ProviderReply Spoil(const Trouble& trouble, ProviderReply good, absl::Time now);

// The format of Date and of Retry-After (RFC 9110 section 5.6.7).
std::string HttpDate(absl::Time time);

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_SPOIL_H_
