#ifndef EVERTOKEN_SERVER_BROKER_PROFILE_MERGE_H_
#define EVERTOKEN_SERVER_BROKER_PROFILE_MERGE_H_

#include "evertoken/v1/profile.pb.h"

namespace evertoken {

// `known` with everything that `fetched` brought. A field that the fetch did not bring keeps its known value and provenance, because
// some providers tell a field only once (rule 10: merge, never blank); of a message inside of the profile each member does. A list that
// came replaces the known one, also when it came empty, which `fetched.fields` tells. A kept value that came again unchanged is as
// old as it was. Raw documents are not merged.
v1::Profile MergeProfiles(const v1::Profile& known, const v1::Profile& fetched);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_PROFILE_MERGE_H_
