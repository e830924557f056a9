// Documents that come in another dress than plain JSON.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/provider/json_document.h"

namespace evertoken {
namespace {

constexpr size_t kMostImageBytes = 32 << 10;

bool IsIdentifierCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '.';
}

// Empty for what is none of the kinds that every browser shows and none of which can hold a program.
absl::string_view ImageType(absl::string_view bytes) {
  if (absl::StartsWith(bytes, "\x89PNG\r\n\x1a\n")) return "png";
  if (absl::StartsWith(bytes, "\xff\xd8\xff")) return "jpeg";
  if (absl::StartsWith(bytes, "GIF87a") || absl::StartsWith(bytes, "GIF89a")) return "gif";
  if (absl::StartsWith(bytes, "RIFF") && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP")
    return "webp";
  return "";
}

}  // namespace

std::shared_ptr<const JsonDocument> JsonDocument::FromJsonp(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const size_t name = static_cast<size_t>(
      std::find_if_not(text.begin(), text.end(), IsIdentifierCharacter) - text.begin());
  absl::string_view call = text.substr(name);
  call = absl::StripLeadingAsciiWhitespace(call);
  const bool begins_like_a_name =
      name > 0 && name <= 64 && !absl::ascii_isdigit(static_cast<unsigned char>(text[0]));
  if (!begins_like_a_name || !absl::ConsumePrefix(&call, "(")) return Parse(text);
  if (absl::ConsumeSuffix(&call, ";")) call = absl::StripTrailingAsciiWhitespace(call);
  // What stands between the parentheses must be one whole JSON value, so that no second call fits in.
  return absl::ConsumeSuffix(&call, ")") ? Parse(call) : nullptr;
}

std::shared_ptr<const JsonDocument> JsonDocument::FromImage(absl::string_view bytes) {
  const absl::string_view type = ImageType(bytes);
  if (type.empty() || bytes.size() > kMostImageBytes) return nullptr;
  return FromTexts(
      {{"data_uri", absl::StrCat("data:image/", type, ";base64,", absl::Base64Escape(bytes))}});
}

}  // namespace evertoken
