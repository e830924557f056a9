#include "server/provider/profile_documents.h"

namespace evertoken {

SourcedPointer ParseSourcedPointer(absl::string_view text) {
  const size_t colon = text.find(':');
  // A colon behind the first slash belongs to the pointer.
  if (colon == absl::string_view::npos || text.find('/') < colon)
    return {absl::string_view(), text};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace evertoken
