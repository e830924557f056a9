#include "server/provider/birth_date.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"

namespace evertoken {
namespace {

constexpr int kFirstYear = 1800;
constexpr int kLeapYear = 2000;

// The parts of a date; zero: not told.
struct Parts {
  int year = 0;
  int month = 0;
  int day = 0;
};

bool IsDate(Parts parts) {
  if (parts.year != 0 && (parts.year < kFirstYear || parts.year > 9999)) return false;
  if (parts.month < 0 || parts.month > 12 || parts.day < 0) return false;
  if (parts.month == 0 || parts.day == 0) return true;
  const int year = parts.year == 0 ? kLeapYear : parts.year;
  return absl::CivilDay(year, parts.month, parts.day).month() == parts.month && parts.day <= 31;
}

// A hyphen and two digits.
void AppendTwo(int number, std::string* text) {
  *text += '-';
  *text += static_cast<char>('0' + number / 10);
  *text += static_cast<char>('0' + number % 10);
}

std::optional<std::string> Write(Parts parts) {
  if (!IsDate(parts)) return std::nullopt;
  const bool has_day = parts.month > 0 && parts.day > 0;
  if (parts.year == 0 && !has_day) return std::nullopt;
  std::string text = parts.year > 0 ? std::to_string(parts.year) : "-";
  if (parts.month > 0) AppendTwo(parts.month, &text);
  if (has_day) AppendTwo(parts.day, &text);
  return text;
}

int NumberAt(JsonRef object, const std::vector<std::string>& member) {
  const std::optional<double> number = object.Follow(member).Number();
  return number.has_value() && *number >= 0 && *number <= 9999 ? static_cast<int>(*number) : 0;
}

// Numbers between separators; nullopt when a part is no number of at most four digits.
std::optional<std::vector<int>> SplitNumbers(absl::string_view text, char separator) {
  std::vector<int> numbers;
  for (absl::string_view part : absl::StrSplit(text, separator)) {
    int number = 0;
    const bool digits =
        !part.empty() && part.size() <= 4 && std::all_of(part.begin(), part.end(), [](char c) {
          return absl::ascii_isdigit(static_cast<unsigned char>(c));
        });
    if (!digits || !absl::SimpleAtoi(part, &number)) return std::nullopt;
    numbers.push_back(number);
  }
  return numbers;
}

bool AreDigits(absl::string_view text, size_t count) {
  return text.size() == count && text.find_first_not_of("0123456789") == absl::string_view::npos;
}

int Digits(absl::string_view text) {
  int number = 0;
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

std::optional<std::string> ReadWithoutYear(absl::string_view text) {
  if (AreDigits(text, 4)) return Write({0, Digits(text.substr(0, 2)), Digits(text.substr(2))});
  const std::optional<std::vector<int>> n = SplitNumbers(text, '-');
  return n.has_value() && n->size() == 2 ? Write({0, (*n)[0], (*n)[1]}) : std::nullopt;
}

std::optional<std::string> ReadWithHyphens(absl::string_view text) {
  const std::optional<std::vector<int>> n = SplitNumbers(text, '-');
  if (!n.has_value() || n->empty() || n->size() > 3) return std::nullopt;
  if (text.find('-') != 4 && n->size() == 3) return Write({(*n)[2], (*n)[0], (*n)[1]});
  if (n->size() == 3) return Write({(*n)[0], (*n)[1], (*n)[2]});
  return Write({(*n)[0], n->size() == 2 ? (*n)[1] : 0, 0});
}

std::optional<std::string> WithoutLoneMonth(std::optional<std::string> date) {
  if (date.has_value() && date->size() == 7 && (*date)[0] != '-') date->resize(4);
  return date;
}

}  // namespace

std::optional<std::string> ReadDate(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  // A time of day behind a whole date.
  if (text.size() > 10 && (text[10] == 'T' || text[10] == ' ')) text = text.substr(0, 10);
  if (absl::ConsumePrefix(&text, "--")) return ReadWithoutYear(text);
  if (AreDigits(text, 8)) {
    return Write({Digits(text.substr(0, 4)), Digits(text.substr(4, 2)), Digits(text.substr(6))});
  }
  if (const auto n = SplitNumbers(text, '/'); n.has_value() && n->size() > 1) {
    if (n->size() > 3) return std::nullopt;
    return Write({n->size() == 3 ? (*n)[2] : 0, (*n)[0], (*n)[1]});
  }
  if (const auto n = SplitNumbers(text, '.'); n.has_value() && n->size() == 3)
    return Write({(*n)[2], (*n)[1], (*n)[0]});
  return ReadWithHyphens(text);
}

std::optional<std::string> ReadDate(JsonRef object) {
  static const auto* const kYear = new std::vector<std::string>{"year"};
  static const auto* const kMonth = new std::vector<std::string>{"month"};
  static const auto* const kDay = new std::vector<std::string>{"day"};
  return Write({NumberAt(object, *kYear), NumberAt(object, *kMonth), NumberAt(object, *kDay)});
}

std::optional<std::string> ReadBirthDate(absl::string_view words) {
  return WithoutLoneMonth(ReadDate(words));
}

std::optional<std::string> ReadBirthDate(JsonRef object) {
  return WithoutLoneMonth(ReadDate(object));
}

}  // namespace evertoken
