#ifndef EVERTOKEN_SERVER_CASES_CASE_KEYS_H_
#define EVERTOKEN_SERVER_CASES_CASE_KEYS_H_

#include <functional>
#include <string>

#include "server/config/yaml_document.h"

namespace evertoken {

// Says of every key in a case, as deep as keys have a meaning, that nobody reads it: what a case seems to expect and nobody looks at
// would be taken for proven. What may be expected depends on the action.
void CheckCaseKeys(const YamlNode& read,
                   const std::function<void(int line, const std::string& what)>& problem);

// The same of one of `replies` or `always`.
void CheckReplyKeys(const YamlNode& reply,
                    const std::function<void(int line, const std::string& what)>& problem);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_CASE_KEYS_H_
