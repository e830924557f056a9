#include "server/provider/profile_maps.h"

#include <utility>

#include "server/provider/provider_error.h"

namespace evertoken {

absl::StatusOr<std::shared_ptr<const CompiledProfileMap>> ProfileMaps::Get(
    const ProviderBinding& binding) {
  const auto found = known_.find(binding.entry.get());
  if (found != known_.end() && !found->second.entry.expired()) return found->second.map;
  for (auto it = known_.begin(); it != known_.end();)
    it = it->second.entry.expired() ? known_.erase(it) : std::next(it);
  absl::StatusOr<CompiledProfileMap> compiled = CompiledProfileMap::Compile(*binding.entry);
  if (!compiled.ok()) return Misconfigured(binding.provider, compiled.status().message());
  auto map = std::make_shared<const CompiledProfileMap>(*std::move(compiled));
  known_.emplace(binding.entry.get(), Known{binding.entry, map});
  return map;
}

}  // namespace evertoken
