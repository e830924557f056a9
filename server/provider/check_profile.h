#ifndef EVERTOKEN_SERVER_PROVIDER_CHECK_PROFILE_H_
#define EVERTOKEN_SERVER_PROVIDER_CHECK_PROFILE_H_

#include "server/provider/entry_inspector.h"

namespace evertoken {

// The calls that bring the profile.
void CheckProfileCalls(EntryInspector* inspector);

// What replies mean.
void CheckErrorRules(EntryInspector* inspector);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CHECK_PROFILE_H_
