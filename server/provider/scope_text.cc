#include "server/provider/scope_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace evertoken {
namespace {

using config::v1::Provider;

char CharacterOf(Provider::ScopeSeparator separator) {
  switch (separator) {
    case Provider::SCOPE_SEPARATOR_COMMA:
      return ',';
    case Provider::SCOPE_SEPARATOR_SEMICOLON:
      return ';';
    default:
      return ' ';
  }
}

}  // namespace

bool IsScopeToken(absl::string_view scope) {
  return !scope.empty() && scope.size() <= 256 &&
         std::all_of(scope.begin(), scope.end(),
                     [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

std::string JoinScopes(const std::vector<std::string>& scopes, Provider::ScopeSeparator separator) {
  return absl::StrJoin(scopes, std::string(1, CharacterOf(separator)));
}

std::vector<std::string> SplitScopes(absl::string_view text, Provider::ScopeSeparator separator) {
  std::vector<std::string> scopes;
  for (absl::string_view part : absl::StrSplit(text, CharacterOf(separator))) {
    part = absl::StripAsciiWhitespace(part);
    if (!part.empty()) scopes.emplace_back(part);
  }
  return scopes;
}

}  // namespace evertoken
