#ifndef EVERTOKEN_TESTS_FUZZ_FUZZ_ENTRY_H_
#define EVERTOKEN_TESTS_FUZZ_FUZZ_ENTRY_H_

#include "server/provider/provider_types.h"

namespace evertoken {

// A catalogue entry that uses every feature which reads a provider's bytes, bound to a client. The same one at every call.
const ProviderBinding& FuzzEntry();

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FUZZ_FUZZ_ENTRY_H_
