#ifndef EVERTOKEN_SERVER_PROVIDER_PROFILE_REQUEST_H_
#define EVERTOKEN_SERVER_PROVIDER_PROFILE_REQUEST_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/http/http_client.h"
#include "server/provider/json_document.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// The request of a profile call to `url`, which is expanded already. The access token goes as bearer unless the entry puts it elsewhere.
// PROVIDER_MISCONFIGURED when a placeholder has no value.
absl::StatusOr<HttpRequest> MakeProfileRequest(const ProviderBinding& binding,
                                               const config::v1::Provider::ProfileCall& call,
                                               std::string url,
                                               const storage::v1::ProviderTokens& tokens);

// The document that a reply to the call holds; null when it is no such document. Errors are read as JSON in any case.
std::shared_ptr<const JsonDocument> ReadProfileReply(const config::v1::Provider::ProfileCall& call,
                                                     const HttpReply& reply);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROFILE_REQUEST_H_
