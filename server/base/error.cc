#include "server/base/error.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

constexpr absl::string_view kReasonPayload = "evertoken.dev/reason";
constexpr absl::string_view kRetryPayload = "evertoken.dev/retry_after_ms";
constexpr absl::string_view kMetadataPayload = "evertoken.dev/metadata";
constexpr absl::string_view kFieldsPayload = "evertoken.dev/fields";

// Between and inside the pairs of a list payload; neither can stand in a field path, and both are cleaned from texts.
constexpr char kBetween = '\x1e';
constexpr char kInside = '\x1f';

using Pairs = std::vector<std::pair<std::string, std::string>>;

absl::StatusCode CodeOf(ErrorReason reason) {
  switch (reason) {
    case v1::ERROR_REASON_REQUEST_INVALID:
    case v1::ERROR_REASON_PROVIDER_UNKNOWN:
    case v1::ERROR_REASON_CREDENTIAL_REJECTED:
      return absl::StatusCode::kInvalidArgument;
    case v1::ERROR_REASON_PROVIDER_DISABLED:
    case v1::ERROR_REASON_GRANT_REVOKED:
    case v1::ERROR_REASON_GRANT_EXPIRED:
    case v1::ERROR_REASON_USER_ACTION_REQUIRED:
    case v1::ERROR_REASON_SCOPE_MISSING:
    case v1::ERROR_REASON_REFRESH_AMBIGUOUS:
    case v1::ERROR_REASON_REFRESH_NOT_SUPPORTED:
      return absl::StatusCode::kFailedPrecondition;
    case v1::ERROR_REASON_TOKEN_NOT_FOUND:
    case v1::ERROR_REASON_TOKEN_EXPIRED:
      return absl::StatusCode::kNotFound;
    case v1::ERROR_REASON_PROVIDER_RATE_LIMITED:
    case v1::ERROR_REASON_SERVER_OVERLOADED:
      return absl::StatusCode::kResourceExhausted;
    case v1::ERROR_REASON_PROVIDER_UNAVAILABLE:
    case v1::ERROR_REASON_STORE_UNAVAILABLE:
    case v1::ERROR_REASON_SERVER_STOPPING:
      return absl::StatusCode::kUnavailable;
    case v1::ERROR_REASON_CALLER_UNKNOWN:
      return absl::StatusCode::kUnauthenticated;
    case v1::ERROR_REASON_CALLER_FORBIDDEN:
      return absl::StatusCode::kPermissionDenied;
    case v1::ERROR_REASON_NOT_SERVED:
      return absl::StatusCode::kUnimplemented;
    case v1::ERROR_REASON_EVENTS_LOST:
      return absl::StatusCode::kOutOfRange;
    default:
      return absl::StatusCode::kInternal;
  }
}

std::string Clean(absl::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c == kBetween || c == kInside; }, ' ');
  return clean;
}

std::string PayloadText(const absl::Status& status, absl::string_view type) {
  absl::optional<absl::Cord> payload = status.GetPayload(type);
  return payload.has_value() ? std::string(*payload) : std::string();
}

void SetPairs(absl::Status* status, absl::string_view type, const Pairs& pairs) {
  std::string text =
      absl::StrJoin(pairs, std::string(1, kBetween), [](std::string* out, const auto& pair) {
        absl::StrAppend(out, Clean(pair.first), std::string(1, kInside), Clean(pair.second));
      });
  status->SetPayload(type, absl::Cord(text));
}

Pairs GetPairs(const absl::Status& status, absl::string_view type) {
  Pairs pairs;
  const std::string text = PayloadText(status, type);
  for (absl::string_view item : absl::StrSplit(text, kBetween, absl::SkipEmpty())) {
    std::pair<std::string, std::string> pair = absl::StrSplit(item, absl::MaxSplits(kInside, 1));
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

}  // namespace

absl::Status MakeError(ErrorReason reason, absl::string_view message) {
  absl::Status status(CodeOf(reason), message);
  status.SetPayload(kReasonPayload, absl::Cord(absl::StrCat(static_cast<int>(reason))));
  return status;
}

ErrorReason ReasonOf(const absl::Status& status) {
  int value = 0;
  const std::string text = PayloadText(status, kReasonPayload);
  if (!absl::SimpleAtoi(text, &value) || !v1::ErrorReason_IsValid(value)) {
    return v1::ERROR_REASON_UNSPECIFIED;
  }
  return static_cast<ErrorReason>(value);
}

std::string ReasonName(ErrorReason reason) {
  const std::string name = v1::ErrorReason_Name(reason);
  return std::string(absl::StripPrefix(name, "ERROR_REASON_"));
}

ErrorReason ReasonFromName(absl::string_view name) {
  ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", name), &reason);
  return reason;
}

absl::Status WithRetryAfter(absl::Status status, absl::Duration delay) {
  const int64_t ms =
      std::max<int64_t>(absl::ToInt64Milliseconds(absl::Ceil(delay, absl::Milliseconds(1))), 0);
  status.SetPayload(kRetryPayload, absl::Cord(absl::StrCat(ms)));
  return status;
}

std::optional<absl::Duration> RetryAfterOf(const absl::Status& status) {
  int64_t ms = 0;
  if (!absl::SimpleAtoi(PayloadText(status, kRetryPayload), &ms)) return std::nullopt;
  return absl::Milliseconds(ms);
}

absl::Status WithMetadata(absl::Status status, absl::string_view key, absl::string_view value) {
  Pairs pairs = GetPairs(status, kMetadataPayload);
  pairs.emplace_back(std::string(key), std::string(value));
  SetPairs(&status, kMetadataPayload, pairs);
  return status;
}

std::vector<std::pair<std::string, std::string>> MetadataOf(const absl::Status& status) {
  return GetPairs(status, kMetadataPayload);
}

absl::Status RequestInvalid(const std::vector<FieldViolation>& violations) {
  Pairs pairs;
  for (const FieldViolation& violation : violations) {
    pairs.emplace_back(violation.field, violation.description);
  }
  const std::string message =
      absl::StrJoin(violations, "; ", [](std::string* out, const FieldViolation& violation) {
        absl::StrAppend(out, violation.field, ": ", violation.description);
      });
  absl::Status status = MakeError(v1::ERROR_REASON_REQUEST_INVALID, message);
  SetPairs(&status, kFieldsPayload, pairs);
  return status;
}

std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  for (auto& [field, description] : GetPairs(status, kFieldsPayload)) {
    violations.push_back({field, description});
  }
  return violations;
}

}  // namespace evertoken
