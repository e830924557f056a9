#ifndef EVERTOKEN_SERVER_PROVIDER_PROFILE_BOUND_H_
#define EVERTOKEN_SERVER_PROVIDER_PROFILE_BOUND_H_

#include <cstddef>

#include "evertoken/v1/profile.pb.h"

namespace evertoken {

// How large a profile may be without raw documents, a picture that is itself in `picture_url` not counted.
inline constexpr size_t kMostProfileBytes = 32 << 10;

// Cuts what is too large: elements of lists first, from the last list's last element on, then other fields but the subject. Returns
// whether anything was cut.
bool CutProfile(v1::Profile* profile);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROFILE_BOUND_H_
