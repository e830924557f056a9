#ifndef EVERTOKEN_SERVER_PROVIDER_CHECK_INTROSPECTION_H_
#define EVERTOKEN_SERVER_PROVIDER_CHECK_INTROSPECTION_H_

#include "server/provider/entry_inspector.h"

namespace evertoken {

// How access tokens are looked at: that the look can prove for whom they were made above all.
void CheckIntrospection(EntryInspector* inspector);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CHECK_INTROSPECTION_H_
