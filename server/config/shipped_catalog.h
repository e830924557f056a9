#ifndef EVERTOKEN_SERVER_CONFIG_SHIPPED_CATALOG_H_
#define EVERTOKEN_SERVER_CONFIG_SHIPPED_CATALOG_H_

namespace evertoken {

// The text of deploy/config/providers.yaml as of the build, so that a server needs no files beside its configuration and keys.
extern const char kShippedCatalogYaml[];

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_SHIPPED_CATALOG_H_
