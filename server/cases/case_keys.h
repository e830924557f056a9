#ifndef EVERTOKEN_SERVER_CASES_CASE_KEYS_H_
#define EVERTOKEN_SERVER_CASES_CASE_KEYS_H_

#include <functional>
#include <string>

#include "server/config/yaml_document.h"

namespace evertoken {

// Says of every key in a case file, as deep as keys have a meaning, that nobody reads it, that it holds another kind than is read (a map,
// a list, a text, a duration), or that what stands beside it keeps anybody from looking at it: what a case seems to expect and nobody
// looks at would be taken for proven. What may be expected depends on the action. `root` is the whole file.
void CheckCaseKeys(const YamlNode& root,
                   const std::function<void(int line, const std::string& what)>& problem);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_CASE_KEYS_H_
