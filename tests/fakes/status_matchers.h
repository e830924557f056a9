#ifndef EVERTOKEN_TESTS_FAKES_STATUS_MATCHERS_H_
#define EVERTOKEN_TESTS_FAKES_STATUS_MATCHERS_H_

#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "server/base/error.h"

// Matchers for absl::Status and absl::StatusOr<T>.
namespace evertoken {
namespace status_matchers_internal {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }

template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace status_matchers_internal

MATCHER(IsOk, "is OK") {
  const absl::Status& status = status_matchers_internal::StatusOf(arg);
  *result_listener << "which is " << status.ToString();
  return status.ok();
}

// A StatusOr that is OK and whose value matches.
MATCHER_P(IsOkAndHolds, matcher,
          "is OK and holds a value that " +
              testing::DescribeMatcher<typename std::decay_t<arg_type>::value_type>(matcher)) {
  if (!arg.ok()) {
    *result_listener << "which is " << arg.status().ToString();
    return false;
  }
  return testing::ExplainMatchResult(matcher, *arg, result_listener);
}

// An error that MakeError made for this reason.
MATCHER_P(HasReason, reason, "has the reason " + ReasonName(reason)) {
  const absl::Status& status = status_matchers_internal::StatusOf(arg);
  *result_listener << "which is " << ReasonName(ReasonOf(status)) << ", " << status.ToString();
  return ReasonOf(status) == reason;
}

// A status with this code. With a second argument: and whose message matches it.
MATCHER_P(StatusIs, code, "has the code " + absl::StatusCodeToString(code)) {
  const absl::Status& status = status_matchers_internal::StatusOf(arg);
  *result_listener << "which is " << status.ToString();
  return status.code() == code;
}

MATCHER_P2(StatusIs, code, message,
           "has the code " + absl::StatusCodeToString(code) + " and a message that " +
               testing::DescribeMatcher<std::string>(message)) {
  const absl::Status& status = status_matchers_internal::StatusOf(arg);
  *result_listener << "which is " << status.ToString();
  return status.code() == code && testing::Matches(message)(std::string(status.message()));
}

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_STATUS_MATCHERS_H_
