#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_NAMES_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_NAMES_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tests/hostile_provider/family_policy.h"
#include "tests/hostile_provider/token_book.h"
#include "tests/hostile_provider/trouble.h"

namespace evertoken::hostile {

// The words that stand for the values of an enum in JSON, in the order in which people should read them.
template <typename Enum>
using NameList = absl::Span<const std::pair<absl::string_view, Enum>>;

NameList<Rotation> NamesOf(Rotation);
NameList<ReuseEffect> NamesOf(ReuseEffect);
NameList<GraceAnswer> NamesOf(GraceAnswer);
NameList<ExpiresIn> NamesOf(ExpiresIn);
NameList<RefreshLife> NamesOf(RefreshLife);
NameList<Endpoint> NamesOf(Endpoint);
NameList<Fault> NamesOf(Fault);
NameList<Verdict> NamesOf(Verdict);
NameList<FamilyEnd> NamesOf(FamilyEnd);

template <typename Enum>
absl::string_view NameOf(Enum value) {
  for (const auto& [name, named] : NamesOf(value)) {
    if (named == value) return name;
  }
  return "";
}

template <typename Enum>
std::optional<Enum> ValueNamed(absl::string_view name) {
  for (const auto& [known, value] : NamesOf(Enum())) {
    if (known == name) return value;
  }
  return std::nullopt;
}

// All of them, for a message.
template <typename Enum>
std::string ListOfNames() {
  std::string list;
  for (const auto& [name, value] : NamesOf(Enum()))
    absl::StrAppend(&list, list.empty() ? "" : ", ", name);
  return list;
}

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_NAMES_H_
