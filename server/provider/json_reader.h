#ifndef EVERTOKEN_SERVER_PROVIDER_JSON_READER_H_
#define EVERTOKEN_SERVER_PROVIDER_JSON_READER_H_

#include "absl/strings/string_view.h"
#include "server/provider/json_tree.h"

namespace evertoken {

// Adds the one value that `text` is to `tree`. False where it is not one whole JSON value in UTF-8 of at most 32 levels: then the
// tree is to be thrown away. `tree` must have room for as much text as `text` is long.
bool ReadJson(absl::string_view text, JsonTree* tree);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_JSON_READER_H_
