#ifndef EVERTOKEN_SERVER_PROVIDER_CHECK_RENEWAL_H_
#define EVERTOKEN_SERVER_PROVIDER_CHECK_RENEWAL_H_

#include "server/provider/entry_inspector.h"

namespace evertoken {

// How tokens are renewed.
void CheckRenewal(EntryInspector* inspector);

// What is known of lifetimes.
void CheckLifetimes(EntryInspector* inspector);

// How a grant is ended.
void CheckRevocation(EntryInspector* inspector);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CHECK_RENEWAL_H_
