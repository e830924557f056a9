#include "server/provider/birth_date.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

// The parts of a date; zero: not told.
struct Parts {
  int year = 0;
  int month = 0;
  int day = 0;
};

std::optional<std::string> Write(Parts parts) {
  if (parts.year < 0 || parts.year > 9999 || parts.month < 0 || parts.month > 12 || parts.day < 0 ||
      parts.day > 31) {
    return std::nullopt;
  }
  const bool has_day = parts.month > 0 && parts.day > 0;
  if (parts.year > 0 && has_day)
    return absl::StrFormat("%04d-%02d-%02d", parts.year, parts.month, parts.day);
  if (parts.year > 0) return absl::StrFormat("%04d", parts.year);
  if (has_day) return absl::StrFormat("--%02d-%02d", parts.month, parts.day);
  return std::nullopt;
}

int NumberAt(JsonRef object, absl::string_view pointer) {
  const std::optional<double> number = object.At(pointer).Number();
  return number.has_value() && *number >= 0 && *number <= 9999 ? static_cast<int>(*number) : 0;
}

// Numbers between separators; nullopt when a part is no number of at most four digits.
std::optional<std::vector<int>> SplitNumbers(absl::string_view text, char separator) {
  std::vector<int> numbers;
  for (absl::string_view part : absl::StrSplit(text, separator)) {
    int number = 0;
    const bool digits = !part.empty() && part.size() <= 4 &&
                        std::all_of(part.begin(), part.end(), absl::ascii_isdigit);
    if (!digits || !absl::SimpleAtoi(part, &number)) return std::nullopt;
    numbers.push_back(number);
  }
  return numbers;
}

std::optional<std::string> ReadText(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const char separator =
      absl::StripPrefix(text, "--").find('/') == absl::string_view::npos ? '-' : '/';
  const bool without_year = absl::ConsumePrefix(&text, "--");
  const std::optional<std::vector<int>> numbers = SplitNumbers(text, separator);
  if (!numbers.has_value()) return std::nullopt;
  const std::vector<int>& n = *numbers;
  if (separator == '/' && n.size() == 3) return Write({n[2], n[0], n[1]});
  if (n.size() == 2 && (separator == '/' || without_year)) return Write({0, n[0], n[1]});
  if (separator == '/' || without_year) return std::nullopt;
  if (n.size() == 3) return Write({n[0], n[1], n[2]});
  return n.size() <= 2 ? Write({n[0], 0, 0}) : std::nullopt;
}

}  // namespace

std::optional<std::string> ReadBirthDate(JsonRef value) {
  if (value.is_object())
    return Write({NumberAt(value, "/year"), NumberAt(value, "/month"), NumberAt(value, "/day")});
  const std::optional<std::string> text = value.Text();
  return text.has_value() ? ReadText(*text) : std::nullopt;
}

}  // namespace evertoken
