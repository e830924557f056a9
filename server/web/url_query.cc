#include "server/web/url_query.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/config/utf8.h"

namespace evertoken {
namespace {

constexpr size_t kMaxParameters = 64;
constexpr size_t kMaxNameBytes = 128;
constexpr size_t kMaxValueBytes = 16384;

absl::Status Invalid(absl::string_view message) {
  return MakeError(v1::ERROR_REASON_REQUEST_INVALID, message);
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsText(absl::string_view text) {
  return text.find('\0') == absl::string_view::npos &&
         FirstInvalidUtf8(text) == absl::string_view::npos;
}

absl::StatusOr<std::string> Decode(absl::string_view text, size_t max_bytes) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        return Invalid("A percent sign in the parameters is not followed by two hex digits.");
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  if (decoded.size() > max_bytes) return Invalid("A parameter of the request is too long.");
  if (!IsText(decoded)) return Invalid("A parameter of the request is not UTF-8 text.");
  return decoded;
}

}  // namespace

absl::StatusOr<UrlQuery> UrlQuery::Parse(absl::string_view text) {
  UrlQuery query;
  for (absl::string_view item : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    if (query.parameters_.size() == kMaxParameters)
      return Invalid("The request has too many parameters.");
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(item, absl::MaxSplits('=', 1));
    absl::StatusOr<std::string> name = Decode(parts.first, kMaxNameBytes);
    if (!name.ok()) return name.status();
    absl::StatusOr<std::string> value = Decode(parts.second, kMaxValueBytes);
    if (!value.ok()) return value.status();
    query.parameters_.emplace_back(*std::move(name), *std::move(value));
  }
  return query;
}

absl::StatusOr<std::string> UrlQuery::Get(absl::string_view name) const {
  const std::string* found = nullptr;
  for (const auto& [key, value] : parameters_) {
    if (key != name) continue;
    if (found != nullptr)
      return Invalid(absl::StrCat("The parameter ", name, " came more than once."));
    found = &value;
  }
  return found == nullptr ? std::string() : *found;
}

std::string EncodeQuery(const UrlQuery::Parameters& parameters) {
  return absl::StrJoin(parameters, "&", [](std::string* out, const auto& parameter) {
    absl::StrAppend(out, PercentEncode(parameter.first), "=", PercentEncode(parameter.second));
  });
}

std::string AddToQuery(absl::string_view uri, const UrlQuery::Parameters& parameters) {
  if (parameters.empty()) return std::string(uri);
  const size_t fragment = uri.find('#');
  const absl::string_view before = uri.substr(0, fragment);
  const absl::string_view behind =
      fragment == absl::string_view::npos ? absl::string_view() : uri.substr(fragment);
  absl::string_view separator = "?";
  if (before.find('?') != absl::string_view::npos) {
    separator = before.back() == '?' || before.back() == '&' ? "" : "&";
  }
  return absl::StrCat(before, separator, EncodeQuery(parameters), behind);
}

}  // namespace evertoken
