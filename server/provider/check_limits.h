#ifndef EVERTOKEN_SERVER_PROVIDER_CHECK_LIMITS_H_
#define EVERTOKEN_SERVER_PROVIDER_CHECK_LIMITS_H_

#include "server/provider/entry_inspector.h"

namespace evertoken {

// What the provider bears.
void CheckLimits(EntryInspector* inspector);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CHECK_LIMITS_H_
