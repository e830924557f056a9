#ifndef EVERTOKEN_SERVER_PROVIDER_SCOPE_TEXT_H_
#define EVERTOKEN_SERVER_PROVIDER_SCOPE_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "evertoken/config/v1/provider_catalog.pb.h"

namespace evertoken {

// Whether `scope` is a scope-token of RFC 6749 section 3.3, 1 to 256 bytes.
bool IsScopeToken(absl::string_view scope);

// Scopes in one string, and back. Empty parts are dropped; spaces around parts too.
std::string JoinScopes(const std::vector<std::string>& scopes,
                       config::v1::Provider::ScopeSeparator separator);
std::vector<std::string> SplitScopes(absl::string_view text,
                                     config::v1::Provider::ScopeSeparator separator);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_SCOPE_TEXT_H_
