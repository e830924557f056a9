#ifndef EVERTOKEN_SERVER_PROVIDER_UNUSED_PARAMETERS_H_
#define EVERTOKEN_SERVER_PROVIDER_UNUSED_PARAMETERS_H_

#include "evertoken/config/v1/provider_catalog.pb.h"

namespace evertoken {

// Removes the instance parameters that no text of a resolved entry mentions as {instance:NAME}, so that no app is asked for what it
// inherited but nothing uses.
void DropUnusedParameters(config::v1::Provider* provider);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_UNUSED_PARAMETERS_H_
