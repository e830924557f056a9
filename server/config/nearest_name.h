#ifndef EVERTOKEN_SERVER_CONFIG_NEAREST_NAME_H_
#define EVERTOKEN_SERVER_CONFIG_NEAREST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace evertoken {

// The name that a misspelt word most likely meant: the one with the fewest single-letter edits (Levenshtein), the first of equals.
// Empty when none is within `max_edits`.
std::string NearestName(absl::string_view word, const std::vector<std::string>& names,
                        size_t max_edits);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_NEAREST_NAME_H_
