#ifndef EVERTOKEN_SERVER_PROVIDER_CATALOG_CHECKER_H_
#define EVERTOKEN_SERVER_PROVIDER_CATALOG_CHECKER_H_

#include <vector>

#include "server/config/yaml_message.h"
#include "server/provider/catalog_resolver.h"

namespace evertoken {

// Appends everything that is wrong with an entry after inheritance and defaults.
void CheckEntry(const ResolvedEntry& entry, bool allow_insecure_loopback,
                std::vector<ConfigProblem>* problems);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CATALOG_CHECKER_H_
