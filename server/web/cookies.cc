#include "server/web/cookies.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace evertoken {
namespace {

constexpr size_t kMaxCookies = 128;

bool IsTokenCharacter(char c) {
  constexpr absl::string_view kSeparators = "()<>@,;:\\\"/[]?={} \t";
  return absl::ascii_isgraph(static_cast<unsigned char>(c)) &&
         kSeparators.find(c) == absl::string_view::npos;
}

bool IsValueCharacter(char c) {
  return absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '"' && c != ',' && c != ';' &&
         c != '\\';
}

absl::string_view WithoutQuotes(absl::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    return value.substr(1, value.size() - 2);
  return value;
}

}  // namespace

std::vector<Cookie> ParseCookies(absl::string_view header) {
  std::vector<Cookie> cookies;
  for (absl::string_view item : absl::StrSplit(header, ';')) {
    if (cookies.size() == kMaxCookies) break;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(item, absl::MaxSplits('=', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
    const absl::string_view value = WithoutQuotes(absl::StripAsciiWhitespace(parts.second));
    if (name.empty() || !std::all_of(name.begin(), name.end(), IsTokenCharacter)) continue;
    if (!std::all_of(value.begin(), value.end(), IsValueCharacter)) continue;
    cookies.push_back({std::string(name), std::string(value)});
  }
  return cookies;
}

std::string SerializeCookie(const Cookie& cookie, absl::Duration max_age, bool secure) {
  const int64_t seconds = std::max<int64_t>(absl::ToInt64Seconds(max_age), 0);
  return absl::StrCat(cookie.name, "=", cookie.value, "; Max-Age=", seconds,
                      "; Path=/; HttpOnly; SameSite=Lax", secure ? "; Secure" : "");
}

}  // namespace evertoken
