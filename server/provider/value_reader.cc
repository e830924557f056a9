#include "server/provider/value_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "server/provider/birth_date.h"

namespace evertoken {
namespace {

constexpr size_t kMostBytes = 2048;
constexpr size_t kMostLongBytes = 8192;
constexpr size_t kMostPictureBytes = 48 << 10;

constexpr int64_t kFirstMillisecond = 100'000'000'000;
constexpr int64_t kYear10000 = 253'402'300'800;

bool IsControl(char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); }

std::optional<std::string> Clean(std::string text, size_t most_bytes, bool keep_lines) {
  if (keep_lines) text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
  for (char& c : text) {
    if (IsControl(c) && !(keep_lines && c == '\n')) c = ' ';
  }
  absl::StripAsciiWhitespace(&text);
  if (text.empty() || text.size() > most_bytes) return std::nullopt;
  return text;
}

// Only such a URL is safe as a link or an image's address; `javascript:` is one too.
bool IsWebUrl(absl::string_view url) {
  return (absl::StartsWith(url, "https://") || absl::StartsWith(url, "http://")) &&
         !absl::StrContains(url, ' ');
}

bool IsImageData(absl::string_view url) {
  if (!absl::ConsumePrefix(&url, "data:image/")) return false;
  const bool known =
      absl::ConsumePrefix(&url, "png;base64,") || absl::ConsumePrefix(&url, "jpeg;base64,") ||
      absl::ConsumePrefix(&url, "gif;base64,") || absl::ConsumePrefix(&url, "webp;base64,");
  return known && !url.empty() && std::all_of(url.begin(), url.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '/' ||
                  c == '=';
         });
}

std::optional<std::string> ReadUrl(std::string words, bool may_be_data) {
  std::optional<std::string> url =
      Clean(std::move(words), may_be_data ? kMostPictureBytes : kMostBytes, false);
  if (!url.has_value()) return std::nullopt;
  if (may_be_data && IsImageData(*url)) return url;
  if (url->size() > kMostBytes || !IsWebUrl(*url)) return std::nullopt;
  return url;
}

// BCP 47 writes hyphens where some providers write underscores.
std::optional<std::string> ReadLocale(std::string words) {
  std::optional<std::string> locale = Clean(std::move(words), kMostBytes, false);
  if (locale.has_value()) std::replace(locale->begin(), locale->end(), '_', '-');
  return locale;
}

}  // namespace

std::optional<std::string> ReadText(ValueKind kind, std::string words) {
  switch (kind) {
    case ValueKind::kLongText:
      return Clean(std::move(words), kMostLongBytes, false);
    case ValueKind::kLines:
      return Clean(std::move(words), kMostBytes, true);
    case ValueKind::kUrl:
      return ReadUrl(std::move(words), false);
    case ValueKind::kPictureUrl:
      return ReadUrl(std::move(words), true);
    case ValueKind::kLocale:
      return ReadLocale(std::move(words));
    case ValueKind::kDate:
      return ReadDate(words);
    case ValueKind::kBirthDate:
      return ReadBirthDate(words);
    default:
      return Clean(std::move(words), kMostBytes, false);
  }
}

std::optional<bool> ReadBoolean(absl::string_view words) {
  words = absl::StripAsciiWhitespace(words);
  if (words == "1" || absl::EqualsIgnoreCase(words, "true")) return true;
  if (words == "0" || absl::EqualsIgnoreCase(words, "false")) return false;
  return std::nullopt;
}

std::optional<int64_t> ReadInteger(ValueKind kind, absl::string_view words) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(words, &number) || number < 0) return std::nullopt;
  if (kind == ValueKind::kInt32 && number > std::numeric_limits<int32_t>::max())
    return std::nullopt;
  return number;
}

std::optional<absl::Time> ReadTime(absl::string_view words) {
  words = absl::StripAsciiWhitespace(words);
  if (words.size() > 64) return std::nullopt;
  absl::Time time;
  double number = 0;
  if (absl::SimpleAtod(words, &number)) {
    if (!(number > 0 && number < static_cast<double>(kYear10000) * 1000)) return std::nullopt;
    const bool milliseconds = number >= static_cast<double>(kFirstMillisecond);
    time = absl::UnixEpoch() + (milliseconds ? absl::Milliseconds(number) : absl::Seconds(number));
  } else if (!absl::ParseTime(absl::RFC3339_full, words, &time, nullptr)) {
    return std::nullopt;
  }
  if (time <= absl::UnixEpoch() || time >= absl::FromUnixSeconds(kYear10000)) return std::nullopt;
  return time;
}

}  // namespace evertoken
