#ifndef EVERTOKEN_SERVER_PROVIDER_CHECK_REQUEST_H_
#define EVERTOKEN_SERVER_PROVIDER_CHECK_REQUEST_H_

#include <set>
#include <string>

#include "server/provider/entry_inspector.h"

namespace evertoken {

// How a token reply is read, at `path`.
void CheckReply(const std::string& path, const config::v1::Provider::TokenReply& reply,
                EntryInspector* inspector);

// A request beside the standard ones, at `path`. `known`: placeholders that have a value there, as for EntryInspector::CheckText.
void CheckTokenRequest(const std::string& path, const config::v1::Provider::TokenRequest& request,
                       const std::set<std::string>& known, EntryInspector* inspector);

// Whether the placeholder stands somewhere in the URL or the parameters.
bool Mentions(const config::v1::Provider::TokenRequest& request, const std::string& placeholder);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CHECK_REQUEST_H_
