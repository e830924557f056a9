#ifndef EVERTOKEN_SERVER_PROVIDER_TOKEN_MERGE_H_
#define EVERTOKEN_SERVER_PROVIDER_TOKEN_MERGE_H_

#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/storage/v1/grant.pb.h"

namespace evertoken {

// The first tokens of a login: fills in the refresh token's end from the entry where the reply did not tell it.
void CompleteFirstTokens(const config::v1::Provider& entry, storage::v1::ProviderTokens* tokens);

// What to keep after a renewal: everything that `fresh` brings, and from `old` what it leaves out. The refresh token's end is the
// one told; else it follows the entry's lifetime model; else, for a token that stayed, the one known before.
storage::v1::ProviderTokens MergeTokens(const config::v1::Provider& entry,
                                        const storage::v1::ProviderTokens& old,
                                        storage::v1::ProviderTokens fresh);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_TOKEN_MERGE_H_
