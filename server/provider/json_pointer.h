#ifndef EVERTOKEN_SERVER_PROVIDER_JSON_POINTER_H_
#define EVERTOKEN_SERVER_PROVIDER_JSON_POINTER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace evertoken {

// The reference tokens of a JSON Pointer (RFC 6901), unescaped; none for the empty pointer, which is the whole document.
// nullopt for text that is no pointer, or one of more than 16 tokens.
std::optional<std::vector<std::string>> ParseJsonPointer(absl::string_view pointer);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_JSON_POINTER_H_
