#ifndef EVERTOKEN_SERVER_PROVIDER_VALUE_TEMPLATE_H_
#define EVERTOKEN_SERVER_PROVIDER_VALUE_TEMPLATE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/provider/json_document.h"

namespace evertoken {

// Text with JSON Pointers in braces, `https://host/{/id}.png`; `{{` and `}}` are plain braces.
class ValueTemplate {
 public:
  // INVALID_ARGUMENT says what is wrong with `text`.
  static absl::StatusOr<ValueTemplate> Parse(absl::string_view text);

  // The text with what the pointers lead to from `element`, percent-encoded but for slashes where the text is a URL. nullopt
  // when one of them leads to no text, or out of the URL's path by `..`.
  std::optional<std::string> Expand(JsonRef element) const;

 private:
  struct Piece {
    std::string literal;
    std::optional<std::vector<std::string>> pointer;  // behind the literal
  };

  std::vector<Piece> pieces_;
  bool is_url_ = false;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_VALUE_TEMPLATE_H_
