#ifndef EVERTOKEN_SERVER_PROVIDER_CATALOG_DEFAULTS_H_
#define EVERTOKEN_SERVER_PROVIDER_CATALOG_DEFAULTS_H_

#include "evertoken/config/v1/provider_catalog.pb.h"

namespace evertoken {

// Writes into a resolved entry what provider_catalog.proto promises for fields that were left out, so that no reader of the entry
// needs to know a default. Left as they are: endpoints that come from discovery, lifetimes that are unknown, the reply format, and
// where a reply tells scopes and the refresh token's life, which have two customary places each.
void FillDefaults(config::v1::Provider* provider);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CATALOG_DEFAULTS_H_
