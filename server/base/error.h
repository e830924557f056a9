#ifndef EVERTOKEN_SERVER_BASE_ERROR_H_
#define EVERTOKEN_SERVER_BASE_ERROR_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "evertoken/v1/error_reason.pb.h"

// The errors of the public API as absl::Status values. A status made here carries its ErrorReason (and RetryInfo, bad fields,
// metadata) as payloads; the edge (rpc/, web/) turns them into what goes over the wire. Messages are for people and never hold
// a secret or a provider's words.
namespace evertoken {

using v1::ErrorReason;

// A status with the gRPC code that belongs to `reason` (one table, in error.cc).
absl::Status MakeError(ErrorReason reason, absl::string_view message);

// UNSPECIFIED for a status that was not made by MakeError.
ErrorReason ReasonOf(const absl::Status& status);

// The public name of a reason: without the prefix ERROR_REASON_.
std::string ReasonName(ErrorReason reason);

// The reason with that public name; UNSPECIFIED when there is none.
ErrorReason ReasonFromName(absl::string_view name);

// Tells the caller how long to wait before trying again.
absl::Status WithRetryAfter(absl::Status status, absl::Duration delay);
std::optional<absl::Duration> RetryAfterOf(const absl::Status& status);

// A fact for programs, sent in ErrorInfo.metadata. Never a secret.
absl::Status WithMetadata(absl::Status status, absl::string_view key, absl::string_view value);
std::vector<std::pair<std::string, std::string>> MetadataOf(const absl::Status& status);

// One bad field of a request.
struct FieldViolation {
  std::string field;        // path in the request, for example "authorization_code.redirect_uri"
  std::string description;  // what is wrong and what is allowed
};

// REQUEST_INVALID with every bad field at once.
absl::Status RequestInvalid(const std::vector<FieldViolation>& violations);
std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_ERROR_H_
