#include "server/rpc/status_conversion.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/error_details.h"
#include "grpcpp/support/status.h"
#include "server/base/error.h"
#include "server/base/log.h"

namespace evertoken {
namespace {

constexpr char kErrorDomain[] = "evertoken.dev";

// The message goes out twice and everything in the details once, in base64: together they stay
// below 8 KiB.
constexpr size_t kLongestMessage = 1024;
constexpr size_t kLongestDetails = 3584;

// For an error that says "wait" without saying how long.
constexpr absl::Duration kDefaultRetryDelay = absl::Seconds(1);

std::string Shortened(absl::string_view message) {
  if (message.size() <= kLongestMessage) return std::string(message);
  size_t end = kLongestMessage;
  // Not inside a UTF-8 sequence: the message is a proto string.
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(message.substr(0, end), "...");
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const std::optional<absl::Duration> delay = RetryAfterOf(status);
  if (delay.has_value()) return delay;
  const bool helps = absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
  return helps ? std::optional<absl::Duration>(kDefaultRetryDelay) : std::nullopt;
}

google::rpc::ErrorInfo ErrorInfoOf(const absl::Status& status, absl::string_view request_id) {
  google::rpc::ErrorInfo info;
  info.set_domain(kErrorDomain);
  info.set_reason(ReasonName(ReasonOf(status)));
  for (const auto& [key, value] : MetadataOf(status)) (*info.mutable_metadata())[key] = value;
  (*info.mutable_metadata())["request_id"] = std::string(request_id);
  return info;
}

google::rpc::RetryInfo RetryInfoOf(absl::Duration delay) {
  google::rpc::RetryInfo info;
  const int64_t seconds = absl::IDivDuration(delay, absl::Seconds(1), &delay);
  info.mutable_retry_delay()->set_seconds(seconds);
  info.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(delay)));
  return info;
}

google::rpc::BadRequest BadRequestOf(const std::vector<FieldViolation>& violations) {
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations) {
    google::rpc::BadRequest::FieldViolation* added = bad_request.add_field_violations();
    added->set_field(violation.field);
    added->set_description(violation.description);
    if (bad_request.ByteSizeLong() > kLongestDetails) {
      bad_request.mutable_field_violations()->RemoveLast();
      break;
    }
  }
  return bad_request;
}

}  // namespace

absl::Status FitForCaller(absl::Status status, const RequestContext& context) {
  if (status.ok() || ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) return status;
  Log(LogLevel::kError, "unexplained_error", context,
      {{"code", absl::StatusCodeToString(status.code())}, {"message", status.message()}});
  return MakeError(v1::ERROR_REASON_INTERNAL,
                   absl::StrCat("internal error; the server's log tells more under request id ",
                                context.request_id));
}

grpc::Status ToGrpcStatus(const absl::Status& status, absl::string_view request_id) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(Shortened(status.message()));
  wire.add_details()->PackFrom(ErrorInfoOf(status, request_id));
  const std::optional<absl::Duration> retry_delay = RetryDelayOf(status);
  if (retry_delay.has_value()) wire.add_details()->PackFrom(RetryInfoOf(*retry_delay));
  const std::vector<FieldViolation> violations = FieldViolationsOf(status);
  if (!violations.empty()) wire.add_details()->PackFrom(BadRequestOf(violations));
  grpc::Status result;
  grpc::SetErrorDetails(wire, &result);
  return result;
}

}  // namespace evertoken
