#ifndef EVERTOKEN_TESTS_CASES_ONE_CASE_H_
#define EVERTOKEN_TESTS_CASES_ONE_CASE_H_

#include <string>

#include "server/cases/case_file.h"

namespace evertoken {

// The case that this YAML, a map, describes, of the provider `acme`. What is wrong with its keys is a test failure.
ProviderCase OneCase(const std::string& yaml);

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_CASES_ONE_CASE_H_
