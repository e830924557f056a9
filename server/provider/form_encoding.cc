#include "server/provider/form_encoding.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace evertoken {
namespace {

constexpr size_t kMostFields = 256;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> DecodeText(absl::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexValue(text[i + 1]);
    const int low = HexValue(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return plain;
}

}  // namespace

std::string EncodeForm(const FormFields& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&form, form.empty() ? "" : "&", PercentEncode(name), "=", PercentEncode(value));
  }
  return form;
}

std::optional<FormFields> DecodeForm(absl::string_view form) {
  FormFields fields;
  for (absl::string_view part : absl::StrSplit(form, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    std::optional<std::string> name = DecodeText(pair.first);
    std::optional<std::string> value = DecodeText(pair.second);
    if (!name.has_value() || !value.has_value() || fields.size() == kMostFields)
      return std::nullopt;
    fields.emplace_back(*std::move(name), *std::move(value));
  }
  return fields;
}

std::string AppendQuery(absl::string_view url, const FormFields& fields) {
  if (fields.empty()) return std::string(url);
  const bool has_query = absl::StrContains(url, '?');
  const bool open = absl::EndsWith(url, "?") || absl::EndsWith(url, "&");
  return absl::StrCat(url, open ? "" : has_query ? "&" : "?", EncodeForm(fields));
}

}  // namespace evertoken
