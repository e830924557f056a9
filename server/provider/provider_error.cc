#include "server/provider/provider_error.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace evertoken {

absl::Status Misconfigured(absl::string_view provider, absl::string_view what) {
  return MakeError(v1::ERROR_REASON_PROVIDER_MISCONFIGURED,
                   absl::StrCat("provider ", provider, ": ", what));
}

absl::Status ReplyInvalid(absl::string_view provider, absl::string_view what) {
  return MakeError(v1::ERROR_REASON_PROVIDER_REPLY_INVALID,
                   absl::StrCat("provider ", provider, ": ", what));
}

absl::Status Unavailable(absl::string_view provider, absl::Duration delay) {
  return WithRetryAfter(MakeError(v1::ERROR_REASON_PROVIDER_UNAVAILABLE,
                                  absl::StrCat("provider ", provider,
                                               ": is down, slow or unreachable; try again later")),
                        delay);
}

absl::Status RateLimited(absl::string_view provider, absl::Duration delay) {
  return WithRetryAfter(
      MakeError(v1::ERROR_REASON_PROVIDER_RATE_LIMITED,
                absl::StrCat("provider ", provider, ": throttles us; try again later")),
      delay);
}

absl::Status ErrorOfSend(absl::string_view provider, const absl::Status& error) {
  switch (error.code()) {
    case absl::StatusCode::kPermissionDenied:
      return Misconfigured(provider, "its address is not one that this server may call");
    case absl::StatusCode::kResourceExhausted:
      return ReplyInvalid(provider, "the reply is larger than this server reads");
    default:
      return Unavailable(provider, kUnavailableDelay);
  }
}

}  // namespace evertoken
