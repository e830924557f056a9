#ifndef EVERTOKEN_SERVER_COMMANDS_CATALOG_FLAGS_H_
#define EVERTOKEN_SERVER_COMMANDS_CATALOG_FLAGS_H_

#include "server/catalog_files.h"
#include "server/commands/arguments.h"

namespace evertoken {

// The flag that names catalogues, and the one that accepts http on loopback.
Flag CatalogFlag();
Flag InsecureLoopbackFlag();

// The catalogues that the flags name; without any the shipped one.
CatalogFiles CatalogsOf(const Arguments& arguments);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_CATALOG_FLAGS_H_
