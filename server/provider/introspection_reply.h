#ifndef EVERTOKEN_SERVER_PROVIDER_INTROSPECTION_REPLY_H_
#define EVERTOKEN_SERVER_PROVIDER_INTROSPECTION_REPLY_H_

#include "absl/time/time.h"
#include "server/http/http_client.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// What a provider's answer to the entry's `introspection` says of the token; `sent` is when it was asked. An answer that does not say
// for whom the token was made is a refusal.
IntrospectionResult ReadIntrospection(const ProviderBinding& binding, const HttpReply& reply,
                                      absl::Time sent, absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_INTROSPECTION_REPLY_H_
