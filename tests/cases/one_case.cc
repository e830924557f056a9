#include "tests/cases/one_case.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace evertoken {

ProviderCase OneCase(const std::string& yaml) {
  const CaseFile file = ParseCaseFile("acme", "acme.yaml", absl::StrCat("cases: [", yaml, "]"));
  for (const std::string& problem : file.problems) {
    // One case is not a whole file.
    if (!absl::StrContains(problem, "situation")) ADD_FAILURE() << problem;
  }
  if (file.cases.empty()) return {};
  return file.cases[0];
}

}  // namespace evertoken
