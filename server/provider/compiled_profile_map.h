#ifndef EVERTOKEN_SERVER_PROVIDER_COMPILED_PROFILE_MAP_H_
#define EVERTOKEN_SERVER_PROVIDER_COMPILED_PROFILE_MAP_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/v1/profile.pb.h"
#include "server/provider/profile_documents.h"

namespace evertoken {

// A catalogue entry's `profile_fields`, ready to be used again and again: pointers split, patterns compiled, fields found. Immutable
// and thread-safe.
class CompiledProfileMap {
 public:
  // INVALID_ARGUMENT for what no checked entry has.
  static absl::StatusOr<CompiledProfileMap> Compile(const config::v1::Provider& entry);

  CompiledProfileMap(CompiledProfileMap&&);
  ~CompiledProfileMap();

  // Sets the fields that the documents bring, each with its source and time in `fields`: `now`, or the `iat` of the ID token. A list
  // that came empty has a source and no element. Other fields stay as they are. The whole stays within kMostProfileBytes.
  void Map(const ProfileDocuments& documents, absl::Time now, v1::Profile* profile) const;

 private:
  class Impl;
  explicit CompiledProfileMap(std::unique_ptr<const Impl> impl);

  std::unique_ptr<const Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_COMPILED_PROFILE_MAP_H_
