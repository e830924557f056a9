#ifndef EVERTOKEN_SERVER_PROVIDER_TOKEN_REPLY_H_
#define EVERTOKEN_SERVER_PROVIDER_TOKEN_REPLY_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/http/http_client.h"
#include "server/provider/json_document.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// The body of a token reply, by the format that the entry names, else by its Content-Type. Null when it is neither JSON nor a form.
std::shared_ptr<const JsonDocument> ParseTokenBody(const config::v1::Provider::TokenReply& format,
                                                   const HttpReply& reply);

// What a successful token reply brings. Relative lifetimes count from `sent`, when the request was sent, so that the way back never
// makes a token seem to live longer than it does. Scopes and refresh token are empty when the reply has none.
//
// PROVIDER_REPLY_INVALID without a usable access token, or with a negative lifetime. The exception: a reply that brings another
// refresh token than `current_refresh_token` keeps it even then, and its access token counts as expired; refusing it would lose the
// grant. Lifetimes beyond ten years are cut to that; ones that are no number count as not told.
absl::StatusOr<storage::v1::ProviderTokens> ReadTokenReply(
    const ProviderBinding& binding, const config::v1::Provider::TokenReply& format, JsonRef reply,
    absl::Time sent, absl::string_view current_refresh_token);

// The end of the access token and the scopes, where a reply about a token (Introspection) tells them.
void ReadTold(const config::v1::Provider::TokenReply& format, JsonRef reply, absl::Time sent,
              storage::v1::ProviderTokens* told);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_TOKEN_REPLY_H_
