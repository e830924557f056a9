#ifndef EVERTOKEN_SERVER_PROVIDER_CHECK_TOKENS_H_
#define EVERTOKEN_SERVER_PROVIDER_CHECK_TOKENS_H_

#include <string>

#include "server/provider/entry_inspector.h"

namespace evertoken {

// The authorization request.
void CheckAuthorization(EntryInspector* inspector);

// The token endpoint and the second exchange at login.
void CheckTokenEndpoint(EntryInspector* inspector);

// A request for a token beside the standard ones, at `path`.
void CheckTokenRequest(const std::string& path, const config::v1::Provider::TokenRequest& request,
                       EntryInspector* inspector);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CHECK_TOKENS_H_
