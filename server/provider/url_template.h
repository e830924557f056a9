#ifndef EVERTOKEN_SERVER_PROVIDER_URL_TEMPLATE_H_
#define EVERTOKEN_SERVER_PROVIDER_URL_TEMPLATE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evertoken {

// Text with placeholders in braces: `https://host/{instance:tenant}/token`. Plain braces are written doubled, `{{` and `}}`.

// Where a placeholder of a URL stands, which decides what its value may be and how it is written.
enum class UrlPosition {
  kWhole,  // in front: the value is a URL itself, written as it is
  kHost,   // in the authority: letters, digits, dots and hyphens only
  kPath,   // percent-encoded
  kQuery,  // percent-encoded
};

struct Placeholder {
  std::string name;  // without braces, for example `instance:tenant`
  UrlPosition position = UrlPosition::kWhole;
};

// The placeholders in order. INVALID_ARGUMENT for a brace that is not closed, or a name that is not [a-z0-9_:-]+.
absl::StatusOr<std::vector<Placeholder>> PlaceholdersOf(absl::string_view text);

// The value of a placeholder; nullopt when there is none.
using PlaceholderValues = absl::FunctionRef<std::optional<std::string>(absl::string_view name)>;

// `text` as a URL, values encoded by their position. INVALID_ARGUMENT names the placeholder that has no value or one that
// cannot stand there; never the value.
absl::StatusOr<std::string> ExpandUrl(absl::string_view text, PlaceholderValues values);

// `text` with the values as they are, for parameters and headers that are encoded as a whole later.
absl::StatusOr<std::string> ExpandText(absl::string_view text, PlaceholderValues values);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_URL_TEMPLATE_H_
