#ifndef EVERTOKEN_SERVER_PROVIDER_PROFILE_MAPS_H_
#define EVERTOKEN_SERVER_PROVIDER_PROFILE_MAPS_H_

#include <map>
#include <memory>

#include "absl/status/statusor.h"
#include "server/provider/compiled_profile_map.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// The compiled field maps of the entries in use, each made when it is first wanted. Belongs to one executor.
class ProfileMaps {
 public:
  // PROVIDER_MISCONFIGURED for what no checked entry has.
  absl::StatusOr<std::shared_ptr<const CompiledProfileMap>> Get(const ProviderBinding& binding);

 private:
  struct Known {
    // An entry goes away with its catalogue, after which another may get its address.
    std::weak_ptr<const config::v1::Provider> entry;
    std::shared_ptr<const CompiledProfileMap> map;
  };
  std::map<const config::v1::Provider*, Known> known_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROFILE_MAPS_H_
