#ifndef EVERTOKEN_SERVER_BASE_PERCENT_ENCODING_H_
#define EVERTOKEN_SERVER_BASE_PERCENT_ENCODING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace evertoken {

// Everything but RFC 3986's unreserved characters (section 2.3) as %XX: right in a path segment, in a query and in a form.
std::string PercentEncode(absl::string_view text);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_PERCENT_ENCODING_H_
