#include "server/provider/reply_pause.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/provider/retry_after.h"

namespace evertoken {
namespace {

constexpr absl::Duration kLongest = absl::Hours(1);

std::optional<double> NumberIn(absl::string_view text) {
  double number = 0;
  if (!absl::SimpleAtod(text, &number) || !std::isfinite(number)) return std::nullopt;
  return number;
}

// Nullopt for a moment that has passed: the quota is new again.
std::optional<absl::Duration> Ahead(absl::Duration wait) {
  if (wait <= absl::ZeroDuration()) return std::nullopt;
  return std::min(wait, kLongest);
}

// No quota lasts so long: larger numbers are Unix times, in seconds or, beyond the second bound, in milliseconds.
constexpr double kLeastUnixSeconds = 1e9;
constexpr double kLeastUnixMilliseconds = 1e12;

absl::Duration UntilReset(double reset, absl::Time now) {
  if (reset >= kLeastUnixMilliseconds) reset /= 1000;
  if (reset >= kLeastUnixSeconds) return absl::UnixEpoch() + absl::Seconds(reset) - now;
  return absl::Seconds(reset);
}

// `X-RateLimit-Remaining: 0` and the like, under `prefix`.
std::optional<absl::Duration> ByPlainHeaders(const HttpReply& reply, absl::string_view prefix,
                                             absl::Time now) {
  const auto number = [&](absl::string_view name) {
    return NumberIn(reply.Header(absl::StrCat(prefix, name)));
  };
  const std::optional<double> remaining = number("-remaining");
  if (!remaining.has_value() || *remaining > 0) return std::nullopt;
  const std::optional<double> after = number("-reset-after");
  if (after.has_value()) return Ahead(absl::Seconds(*after));
  const std::optional<double> reset = number("-reset");
  if (!reset.has_value()) return std::nullopt;
  return Ahead(UntilReset(*reset, now));
}

// One policy of the header `RateLimit`: `"name";r=0;t=30`, or as older drafts write it, `limit=9, remaining=0, reset=30`.
std::optional<absl::Duration> ByPolicy(const std::vector<absl::string_view>& members) {
  std::optional<double> remaining;
  std::optional<double> reset;
  for (const absl::string_view member : members) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(member, absl::MaxSplits('=', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
    if (name == "r" || name == "remaining") remaining = NumberIn(parts.second);
    if (name == "t" || name == "reset") reset = NumberIn(parts.second);
  }
  if (!remaining.has_value() || *remaining > 0 || !reset.has_value()) return std::nullopt;
  return Ahead(absl::Seconds(*reset));
}

// The longest wait among the policies that have nothing left.
std::optional<absl::Duration> ByStructuredHeader(absl::string_view header) {
  const std::vector<absl::string_view> parts = absl::StrSplit(header, ',');
  std::optional<absl::Duration> longest = ByPolicy(parts);
  for (const absl::string_view policy : parts) {
    const std::optional<absl::Duration> wait = ByPolicy(absl::StrSplit(policy, ';'));
    if (wait.has_value()) longest = std::max(longest.value_or(*wait), *wait);
  }
  return longest;
}

bool LacksCapacity(int status) {
  return status == 403 || status == 408 || status == 429 || status >= 500;
}

}  // namespace

std::optional<absl::Duration> ParseQuotaReset(const HttpReply& reply, absl::Time now) {
  const std::optional<absl::Duration> structured = ByStructuredHeader(reply.Header("ratelimit"));
  if (structured.has_value()) return structured;
  for (const char* prefix : {"ratelimit", "x-ratelimit", "x-rate-limit"}) {
    const std::optional<absl::Duration> wait = ByPlainHeaders(reply, prefix, now);
    if (wait.has_value()) return wait;
  }
  return std::nullopt;
}

absl::Duration PauseAskedBy(const HttpReply& reply, absl::Time now) {
  if (LacksCapacity(reply.status)) {
    const std::optional<absl::Duration> asked = ParseRetryAfter(reply.Header("retry-after"), now);
    if (asked.has_value()) return *asked;
  }
  return ParseQuotaReset(reply, now).value_or(absl::ZeroDuration());
}

}  // namespace evertoken
