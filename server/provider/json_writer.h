#ifndef EVERTOKEN_SERVER_PROVIDER_JSON_WRITER_H_
#define EVERTOKEN_SERVER_PROVIDER_JSON_WRITER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "server/provider/json_node.h"

namespace evertoken {

// As JSON text without white space; of members with the same key only the last; numbers beyond a double as null.
std::string WriteJson(const JsonNode& value);

// Text between quotes.
std::string QuoteJson(absl::string_view text);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_JSON_WRITER_H_
