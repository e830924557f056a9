#ifndef EVERTOKEN_SERVER_VERSION_H_
#define EVERTOKEN_SERVER_VERSION_H_

namespace evertoken {

// The release, by semantic versioning; CHANGELOG.md says what each brought.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_VERSION_H_
