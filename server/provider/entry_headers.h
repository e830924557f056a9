#ifndef EVERTOKEN_SERVER_PROVIDER_ENTRY_HEADERS_H_
#define EVERTOKEN_SERVER_PROVIDER_ENTRY_HEADERS_H_

#include "absl/status/status.h"
#include "server/http/http_client.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Adds the headers that the entry wants with every call; those that `request` has already win. PROVIDER_MISCONFIGURED when a
// placeholder has no value.
absl::Status AddEntryHeaders(const ProviderBinding& binding, HttpRequest* request);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_ENTRY_HEADERS_H_
