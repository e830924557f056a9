#include "server/web/error_page.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/error.h"
#include "server/web/pages.h"

namespace evertoken {
namespace {

struct Explanation {
  int http_status;
  const char* title;
  const char* message;  // null: the error's own
  const char* advice;
};

Explanation ExplanationOf(ErrorReason reason) {
  switch (reason) {
    case v1::ERROR_REASON_REQUEST_INVALID:
      return {400, "This request cannot be understood", nullptr,
              "Go back to the application and start again."};
    case v1::ERROR_REASON_PROVIDER_UNKNOWN:
      return {404, "Unknown way to sign in", "This server knows no provider of that name.",
              "Go back to the application and choose another way to sign in."};
    case v1::ERROR_REASON_PROVIDER_DISABLED:
      return {403, "This way to sign in is not available",
              "The application does not offer this provider.",
              "Go back to the application and choose another way to sign in."};
    case v1::ERROR_REASON_CREDENTIAL_REJECTED:
      return {
          400, "This sign-in cannot be completed", nullptr,
          "Go back to the application and sign in again, in one browser and within a few minutes."};
    case v1::ERROR_REASON_CALLER_UNKNOWN:
    case v1::ERROR_REASON_CALLER_FORBIDDEN:
      return {403, "This application cannot sign you in", nullptr,
              "Tell the people who run the application."};
    case v1::ERROR_REASON_USER_ACTION_REQUIRED:
      return {403, "The provider wants something from you first",
              "The provider did not sign you in.",
              "Sign in at the provider's own site, do what it asks for, then come back."};
    case v1::ERROR_REASON_PROVIDER_RATE_LIMITED:
    case v1::ERROR_REASON_PROVIDER_UNAVAILABLE:
      return {503, "The provider does not answer",
              "The provider that you sign in with does not answer at the moment.",
              "Try again in a minute."};
    case v1::ERROR_REASON_PROVIDER_MISCONFIGURED:
    case v1::ERROR_REASON_PROVIDER_REPLY_INVALID:
      return {502, "The provider's answer cannot be used",
              "The provider that you sign in with did not answer as it should.",
              "Try again. If it happens again, tell the people who run the application."};
    case v1::ERROR_REASON_STORE_UNAVAILABLE:
    case v1::ERROR_REASON_SERVER_OVERLOADED:
      return {503, "Not available at the moment",
              "This server cannot take the request at the moment.", "Try again in a minute."};
    default:
      return {500, "Something went wrong here", "This server could not complete the request.",
              "Try again. If it happens again, tell the people who run the application."};
  }
}

Explanation ExplanationOf(int http_status) {
  switch (http_status) {
    case 404:
      return {404, "Page not found", "There is no page at this address.", "Check the address."};
    case 405:
      return {405, "Method not allowed", "This address does not take requests of this kind.",
              "Check the address."};
    case 413:
      return {413, "Request too large", "The request is larger than this server accepts.",
              "Go back to the application and start again."};
    case 415:
      return {415, "Unknown kind of form",
              "The form was not sent as application/x-www-form-urlencoded.",
              "Go back to the application and start again."};
    case 431:
      return {431, "Request too large",
              "The request's address or headers are larger than this server accepts.",
              "Delete the cookies of this site, then try again."};
    default:
      return {400, "This request cannot be understood", "The request is not valid HTTP.",
              "Go back to the application and start again."};
  }
}

// An error's message as people expect to read it.
std::string AsSentence(absl::string_view message) {
  std::string sentence(message);
  if (sentence.empty()) return sentence;
  sentence[0] = absl::ascii_toupper(static_cast<unsigned char>(sentence[0]));
  if (sentence.back() != '.') sentence.push_back('.');
  return sentence;
}

WebResponse Respond(const Explanation& explanation, absl::string_view message,
                    const RequestContext& context) {
  WebResponse response;
  response.status = explanation.http_status;
  response.body =
      ErrorPage({explanation.title, std::string(message), explanation.advice}, context.request_id);
  return response;
}

}  // namespace

WebResponse ErrorResponse(const absl::Status& status, const RequestContext& context) {
  const Explanation explanation = ExplanationOf(ReasonOf(status));
  const std::string message =
      explanation.message == nullptr ? AsSentence(status.message()) : explanation.message;
  WebResponse response = Respond(explanation, message, context);
  const std::optional<absl::Duration> wait = RetryAfterOf(status);
  if (wait.has_value()) {
    const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(*wait, absl::Seconds(1)));
    response.headers.emplace_back("Retry-After", absl::StrCat(seconds));
  }
  return response;
}

WebResponse HttpErrorResponse(int status, const RequestContext& context) {
  const Explanation explanation = ExplanationOf(status);
  return Respond(explanation, explanation.message, context);
}

WebResponse OverloadedResponse(const RequestContext& context) {
  return ErrorResponse(
      WithRetryAfter(MakeError(v1::ERROR_REASON_SERVER_OVERLOADED, ""), absl::Seconds(1)), context);
}

std::string OAuthErrorFor(const absl::Status& status, absl::string_view provider_error) {
  // What the codes of RFC 6749 section 4.1.2.1 say of the user or of the moment is the app's to know; the others speak of the
  // request, which is between the provider and this server.
  if (provider_error == "access_denied" || provider_error == "temporarily_unavailable")
    return std::string(provider_error);
  constexpr absl::string_view kOurs[] = {
      "server_error",  "invalid_request",           "unauthorized_client",
      "invalid_scope", "unsupported_response_type", "invalid_client"};
  if (std::find(std::begin(kOurs), std::end(kOurs), provider_error) != std::end(kOurs))
    return "server_error";
  switch (ReasonOf(status)) {
    case v1::ERROR_REASON_PROVIDER_UNAVAILABLE:
    case v1::ERROR_REASON_PROVIDER_RATE_LIMITED:
    case v1::ERROR_REASON_STORE_UNAVAILABLE:
    case v1::ERROR_REASON_SERVER_OVERLOADED:
      return "temporarily_unavailable";
    case v1::ERROR_REASON_REQUEST_INVALID:
      return "invalid_request";
    case v1::ERROR_REASON_CREDENTIAL_REJECTED:
    case v1::ERROR_REASON_USER_ACTION_REQUIRED:
    case v1::ERROR_REASON_SCOPE_MISSING:
      return "access_denied";
    default:
      return "server_error";
  }
}

}  // namespace evertoken
