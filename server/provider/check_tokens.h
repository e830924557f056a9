#ifndef EVERTOKEN_SERVER_PROVIDER_CHECK_TOKENS_H_
#define EVERTOKEN_SERVER_PROVIDER_CHECK_TOKENS_H_

#include "server/provider/entry_inspector.h"

namespace evertoken {

// The authorization request.
void CheckAuthorization(EntryInspector* inspector);

// The token endpoint, the redemption of codes and the second exchange at login.
void CheckTokenEndpoint(EntryInspector* inspector);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CHECK_TOKENS_H_
