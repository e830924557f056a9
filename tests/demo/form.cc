#include "tests/demo/form.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace evertoken::demo {
namespace {

bool IsUnreserved(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

bool IsEscape(absl::string_view text) {
  return text.size() >= 3 && text[0] == '%' &&
         absl::ascii_isxdigit(static_cast<unsigned char>(text[1])) &&
         absl::ascii_isxdigit(static_cast<unsigned char>(text[2]));
}

// The characters that mean something in HTML.
std::vector<std::pair<absl::string_view, absl::string_view>> HtmlEscapes() {
  return {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}};
}

}  // namespace

std::string PercentEncode(absl::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return encoded;
}

std::string PercentDecode(absl::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    if (IsEscape(text)) {
      decoded += absl::HexStringToBytes(text.substr(1, 2));
      text.remove_prefix(3);
      continue;
    }
    decoded.push_back(text[0] == '+' ? ' ' : text[0]);
    text.remove_prefix(1);
  }
  return decoded;
}

Form ParseForm(absl::string_view text) {
  Form form;
  for (const absl::string_view pair : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    form.emplace(PercentDecode(parts.first), PercentDecode(parts.second));
  }
  return form;
}

std::string EncodeForm(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form) {
    absl::StrAppend(&text, text.empty() ? "" : "&", PercentEncode(name), "=", PercentEncode(value));
  }
  return text;
}

std::string ValueOf(const Form& form, const std::string& name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string() : found->second;
}

std::string AppendQuery(absl::string_view uri, const Form& form) {
  const char* const separator = uri.find('?') == absl::string_view::npos ? "?" : "&";
  return absl::StrCat(uri, separator, EncodeForm(form));
}

std::string EscapeHtml(absl::string_view text) { return absl::StrReplaceAll(text, HtmlEscapes()); }

std::string UnescapeHtml(absl::string_view text) {
  std::vector<std::pair<absl::string_view, absl::string_view>> reversed;
  for (const auto& [plain, escaped] : HtmlEscapes()) reversed.emplace_back(escaped, plain);
  return absl::StrReplaceAll(text, reversed);
}

std::string JsonString(absl::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json.append({'\\', c});
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&json, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      json.push_back(c);
    }
  }
  json.push_back('"');
  return json;
}

}  // namespace evertoken::demo
