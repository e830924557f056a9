#include "server/config/duration_text.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

struct Unit {
  absl::string_view name;
  int64_t milliseconds;
};

// From large to small, the order in a sum.
constexpr Unit kUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};

// What google.protobuf.Duration can hold.
constexpr int64_t kMostMilliseconds = int64_t{315'576'000'000} * 1000;

absl::string_view TakeWhile(absl::string_view* text, bool (*belongs)(unsigned char)) {
  size_t length = 0;
  while (length < text->size() && belongs(static_cast<unsigned char>((*text)[length]))) ++length;
  const absl::string_view taken = text->substr(0, length);
  text->remove_prefix(length);
  return taken;
}

}  // namespace

std::optional<absl::Duration> ParseDurationText(absl::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t total = 0;
  size_t next_unit = 0;
  while (!text.empty()) {
    const absl::string_view digits = TakeWhile(&text, absl::ascii_isdigit);
    const absl::string_view name = TakeWhile(&text, absl::ascii_isalpha);
    int64_t number = 0;
    if (digits.empty() || !absl::SimpleAtoi(digits, &number)) return std::nullopt;
    while (next_unit < std::size(kUnits) && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == std::size(kUnits)) return std::nullopt;
    const int64_t unit = kUnits[next_unit++].milliseconds;
    if (number > (kMostMilliseconds - total) / unit) return std::nullopt;
    total += number * unit;
  }
  return absl::Milliseconds(total);
}

}  // namespace evertoken
