#ifndef EVERTOKEN_SERVER_PROVIDER_CHECK_PROFILE_FIELDS_H_
#define EVERTOKEN_SERVER_PROVIDER_CHECK_PROFILE_FIELDS_H_

#include "server/provider/entry_inspector.h"

namespace evertoken {

// From documents to the fields of a profile.
void CheckProfileFields(EntryInspector* inspector);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CHECK_PROFILE_FIELDS_H_
