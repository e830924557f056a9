#ifndef EVERTOKEN_SERVER_PROVIDER_PROFILE_DOCUMENTS_H_
#define EVERTOKEN_SERVER_PROVIDER_PROFILE_DOCUMENTS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "server/provider/json_document.h"

namespace evertoken {

// Sources in pointers that are no profile call; no call may have their names.
inline constexpr absl::string_view kIdTokenSource = "id_token";  // the ID token's claims
inline constexpr absl::string_view kKeptSource = "kept";         // see ProviderTokens.kept

// The documents that a profile is made from.
struct ProfileDocuments {
  std::string main;  // name of the first call; `id_token` where there is none
  // By source. Calls that brought nothing are missing.
  std::map<std::string, std::shared_ptr<const JsonDocument>, std::less<>> by_source;
};

// `people:/genders/0` taken apart. The source is empty for the main document.
struct SourcedPointer {
  absl::string_view source;
  absl::string_view pointer;
};
SourcedPointer ParseSourcedPointer(absl::string_view text);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROFILE_DOCUMENTS_H_
