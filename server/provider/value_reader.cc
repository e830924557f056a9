#include "server/provider/value_reader.h"

#include <algorithm>
#include <limits>

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

bool IsBlank(char c) { return c == ' ' || IsControl(c); }

absl::string_view Strip(absl::string_view words) {
  while (!words.empty() && IsBlank(words.front())) words.remove_prefix(1);
  while (!words.empty() && IsBlank(words.back())) words.remove_suffix(1);
  return words;
}

std::optional<std::string> Clean(absl::string_view words, size_t most_bytes) {
  words = Strip(words);
  if (words.empty() || words.size() > most_bytes) return std::nullopt;
  std::string text(words);
  std::replace_if(text.begin(), text.end(), IsControl, ' ');
  return text;
}

std::optional<std::string> CleanLines(absl::string_view words) {
  std::string text(Strip(words));
  text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
  if (text.empty() || text.size() > kMostBytes) return std::nullopt;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return IsControl(c) && c != '\n'; }, ' ');
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

std::optional<std::string> ReadUrl(absl::string_view words, bool may_be_data) {
  std::optional<std::string> url = Clean(words, may_be_data ? kMostPictureBytes : kMostBytes);
  if (!url.has_value()) return std::nullopt;
  if (may_be_data && IsImageData(*url)) return url;
  if (url->size() > kMostBytes || !IsWebUrl(*url)) return std::nullopt;
  return url;
}

// BCP 47 writes hyphens where some providers write underscores.
std::optional<std::string> ReadLocale(absl::string_view words) {
  std::optional<std::string> locale = Clean(words, kMostBytes);
  if (locale.has_value()) std::replace(locale->begin(), locale->end(), '_', '-');
  return locale;
}

}  // namespace

std::optional<std::string> ReadText(ValueKind kind, absl::string_view words) {
  switch (kind) {
    case ValueKind::kLongText:
      return Clean(words, kMostLongBytes);
    case ValueKind::kLines:
      return CleanLines(words);
    case ValueKind::kUrl:
      return ReadUrl(words, false);
    case ValueKind::kPictureUrl:
      return ReadUrl(words, true);
    case ValueKind::kLocale:
      return ReadLocale(words);
    case ValueKind::kDate:
      return ReadDate(words);
    case ValueKind::kBirthDate:
      return ReadBirthDate(words);
    default:
      return Clean(words, kMostBytes);
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
