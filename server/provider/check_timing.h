#ifndef EVERTOKEN_SERVER_PROVIDER_CHECK_TIMING_H_
#define EVERTOKEN_SERVER_PROVIDER_CHECK_TIMING_H_

#include "server/provider/entry_inspector.h"

namespace evertoken {

// When tokens are renewed without a caller.
void CheckTiming(EntryInspector* inspector);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CHECK_TIMING_H_
