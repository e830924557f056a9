#ifndef EVERTOKEN_SERVER_PROVIDER_PROFILE_MAPPER_H_
#define EVERTOKEN_SERVER_PROVIDER_PROFILE_MAPPER_H_

#include "absl/time/time.h"
#include "evertoken/v1/profile.pb.h"
#include "server/provider/field_reader.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// The normalized profile by the entry's field map, each field with its source and `now` in `fields`. Fields that no candidate
// gives stay empty and have no provenance.
v1::Profile MapProfile(const ProviderBinding& binding, const ProfileDocuments& documents,
                       absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROFILE_MAPPER_H_
