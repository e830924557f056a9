#include "tests/fakes/fake_token_endpoint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

// The value of a parameter of a form body; the test's values need no decoding.
std::string Parameter(const std::string& body, const std::string& name) {
  for (absl::string_view pair : absl::StrSplit(body, '&')) {
    if (absl::ConsumePrefix(&pair, name + "=")) return std::string(pair);
  }
  return "";
}

}  // namespace

FakeTokenEndpoint::FakeTokenEndpoint(FakeHttpClient* http, const std::string& url,
                                     std::string family)
    : family_(std::move(family)) {
  http->On(url, [this](const HttpRequest& request) { return Answer(request); });
}

std::string FakeTokenEndpoint::RefreshToken(int generation) const {
  return absl::StrCat(family_, "refresh-", generation);
}

std::string FakeTokenEndpoint::current() const { return RefreshToken(generation_); }

int FakeTokenEndpoint::presented(const std::string& token) const {
  auto found = presented_.find(token);
  return found == presented_.end() ? 0 : found->second;
}

int FakeTokenEndpoint::presentations() const {
  int sum = 0;
  for (const auto& [token, times] : presented_) sum += times;
  return sum;
}

void FakeTokenEndpoint::Cause(Trouble trouble, int times) {
  troubles_.insert(troubles_.end(), static_cast<size_t>(times), trouble);
}

void FakeTokenEndpoint::AnswerWith(int status, std::string body) {
  canned_status_ = status;
  canned_body_ = std::move(body);
}

absl::StatusOr<HttpReply> FakeTokenEndpoint::Answer(const HttpRequest& request) {
  const Trouble trouble = troubles_.empty() ? Trouble::kNone : troubles_.front();
  if (!troubles_.empty()) troubles_.pop_front();
  if (trouble == Trouble::kNeverReached) return absl::UnavailableError("connection refused");
  if (trouble == Trouble::kLost) return absl::AbortedError("broken");

  if (Parameter(request.body, "grant_type") == "authorization_code") {
    return Parameter(request.body, "code") == kGoodCode
               ? Issue()
               : JsonReply(400, R"({"error":"invalid_grant"})");
  }
  const std::string token = Parameter(request.body, "refresh_token");
  ++presented_[token];
  if (trouble == Trouble::kDown) return JsonReply(503, "{}");
  if (trouble == Trouble::kNone && canned_status_ != 0)
    return JsonReply(std::exchange(canned_status_, 0), canned_body_);
  const bool is_previous = generation_ > 0 && token == RefreshToken(generation_ - 1);
  if (grace_ && is_previous) return Issue();
  if (token != current()) dead_ = true;
  if (dead_) return JsonReply(400, R"({"error":"invalid_grant"})");
  if (rotates_) ++generation_;
  return trouble == Trouble::kNone ? Issue() : Spoil(trouble);
}

absl::StatusOr<HttpReply> FakeTokenEndpoint::Spoil(Trouble trouble) {
  switch (trouble) {
    case Trouble::kGatewayLost:
      return JsonReply(504, "<html>504</html>");
    case Trouble::kGarbled:
      return JsonReply(200, "<html>welcome</html>");
    case Trouble::kNoAccess:
      return JsonReply(200, absl::StrCat(R"({"refresh_token":")", current(), R"("})"));
    default:
      return absl::DeadlineExceededError("no reply");
  }
}

HttpReply FakeTokenEndpoint::Issue() {
  const std::string rotated =
      rotates_ ? absl::StrCat(R"(,"refresh_token":")", current(), "\"") : "";
  return JsonReply(200, absl::StrCat(R"({"token_type":"Bearer","expires_in":3600,"access_token":")",
                                     family_, "access-", generation_, "\"", rotated, "}"));
}

}  // namespace evertoken
