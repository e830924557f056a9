#ifndef EVERTOKEN_SERVER_PROVIDER_PROVIDER_ERROR_H_
#define EVERTOKEN_SERVER_PROVIDER_PROVIDER_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// The errors that all talk to providers shares. `provider` is the catalogue id; `what` is our own words.
namespace evertoken {

// PROVIDER_MISCONFIGURED.
absl::Status Misconfigured(absl::string_view provider, absl::string_view what);

// PROVIDER_REPLY_INVALID.
absl::Status ReplyInvalid(absl::string_view provider, absl::string_view what);

// PROVIDER_UNAVAILABLE and PROVIDER_RATE_LIMITED, to be tried again after `delay`.
absl::Status Unavailable(absl::string_view provider, absl::Duration delay);
absl::Status RateLimited(absl::string_view provider, absl::Duration delay);

// When a provider that does not say how long to wait is asked again.
inline constexpr absl::Duration kUnavailableDelay = absl::Seconds(5);
inline constexpr absl::Duration kRateLimitedDelay = absl::Seconds(30);

// What an error of HttpClient::Send means to callers.
absl::Status ErrorOfSend(absl::string_view provider, const absl::Status& error);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROVIDER_ERROR_H_
