#include "server/provider/json_pointer.h"

#include "absl/strings/str_split.h"

namespace evertoken {
namespace {

constexpr size_t kMostTokens = 16;

std::optional<std::string> Unescape(absl::string_view token) {
  std::string plain;
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      plain += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    plain += token[i] == '0' ? '~' : '/';
  }
  return plain;
}

}  // namespace

std::optional<std::vector<std::string>> ParseJsonPointer(absl::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  if (pointer[0] != '/') return std::nullopt;
  for (absl::string_view escaped : absl::StrSplit(pointer.substr(1), '/')) {
    std::optional<std::string> token = Unescape(escaped);
    if (!token.has_value() || tokens.size() == kMostTokens) return std::nullopt;
    tokens.push_back(*std::move(token));
  }
  return tokens;
}

}  // namespace evertoken
