#ifndef EVERTOKEN_SERVER_BASE_JSON_TEXT_H_
#define EVERTOKEN_SERVER_BASE_JSON_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace evertoken {

// `text` as a JSON string with its quotes. Every byte that is not part of well-formed UTF-8 becomes U+FFFD.
std::string JsonQuote(absl::string_view text);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_JSON_TEXT_H_
