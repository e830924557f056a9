#include "tests/simulation/provider_network.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/executor.h"
#include "server/base/one_shot.h"

namespace evertoken::simulation {
namespace {

using hostile::Delivery;
using hostile::Endpoint;
using hostile::HostileProvider;
using hostile::ProviderReply;
using hostile::Trouble;
using Result = absl::StatusOr<HttpReply>;

// The value of a form's parameter; the model's tokens need no decoding.
std::string Parameter(const std::string& body, const std::string& name) {
  for (absl::string_view pair : absl::StrSplit(body, '&')) {
    if (absl::ConsumePrefix(&pair, name + "=")) return std::string(pair);
  }
  return "";
}

// The model's JSON has no spaces and no escapes.
std::string AccessTokenIn(const std::string& body) {
  const absl::string_view start = R"("access_token":")";
  const size_t found = body.find(std::string(start));
  if (found == std::string::npos) return "";
  const size_t begin = found + start.size();
  return body.substr(begin, body.find('"', begin) - begin);
}

std::string Bearer(const HttpRequest& request) {
  for (const auto& [name, value] : request.headers) {
    absl::string_view credentials = value;
    if (absl::EqualsIgnoreCase(name, "authorization") &&
        absl::ConsumePrefix(&credentials, "Bearer ")) {
      return std::string(credentials);
    }
  }
  return "";
}

Result ToResult(const ProviderReply& reply) {
  if (reply.delivery != Delivery::kWhole) return absl::AbortedError("the connection broke");
  HttpReply result;
  result.status = reply.status;
  result.headers = reply.headers;
  result.body = reply.body;
  return result;
}

}  // namespace

// A request on its way. Whoever comes first answers it: the reply, or the timeout.
class ProviderNetwork::Exchange {
 public:
  Exchange(Parts parts, HttpRequest request, OneShot<Result>::Setter answer)
      : parts_(std::move(parts)), request_(std::move(request)), answer_(std::move(answer)) {}

  Endpoint endpoint() const {
    if (absl::EndsWith(request_.url, "/token")) return Endpoint::kToken;
    return absl::EndsWith(request_.url, "/revoke") ? Endpoint::kRevoke : Endpoint::kUserInfo;
  }

  std::string Token() const {
    switch (endpoint()) {
      case Endpoint::kToken:
        return Parameter(request_.body, "refresh_token");
      case Endpoint::kRevoke:
        return Parameter(request_.body, "token");
      default:
        return Bearer(request_);
    }
  }

  ProviderReply Handle(const Trouble& trouble) {
    const absl::Time now = parts_.clock->Now();
    switch (endpoint()) {
      case Endpoint::kToken:
        return parts_.provider->Present(Token(), now, trouble);
      case Endpoint::kRevoke:
        return parts_.provider->Revoke(Token(), now, trouble);
      default:
        return parts_.provider->UserInfo(Token(), now, trouble);
    }
  }

  void Finish(Result result) {
    if (!answer_.has_value()) return;
    const bool renewed = result.ok() && result->status == 200 && endpoint() == Endpoint::kToken;
    parts_.trace(absl::StrCat(
        "provider answers ", Token(), ": ",
        result.ok() ? absl::StrCat(result->status) : std::string(result.status().message())));
    if (renewed && !*parts_.crashed) parts_.on_tokens(AccessTokenIn(result->body));
    std::exchange(answer_, std::nullopt)->Set(std::move(result));
  }

  const Parts& parts() const { return parts_; }

 private:
  const Parts parts_;
  const HttpRequest request_;
  std::optional<OneShot<Result>::Setter> answer_;
};

Task<void> ProviderNetwork::Carry(std::shared_ptr<Exchange> exchange) {
  HostileProvider* const provider = exchange->parts().provider;
  const Trouble trouble = provider->NextTrouble(exchange->endpoint(), exchange->Token());
  if (trouble.delay_before > absl::ZeroDuration()) co_await Delay(trouble.delay_before);
  exchange->parts().trace(absl::StrCat("provider gets ", exchange->Token(), " fault ",
                                       static_cast<int>(trouble.fault)));
  const ProviderReply reply = exchange->Handle(trouble);
  if (reply.delay > absl::ZeroDuration()) co_await Delay(reply.delay);
  exchange->Finish(ToResult(reply));
}

Task<absl::StatusOr<HttpReply>> ProviderNetwork::Send(HttpRequest request) {
  if (*parts_.crashed) co_return absl::UnavailableError("the process is dead");
  OneShot<Result> answer;
  Executor* const executor = Executor::Current();
  const absl::Duration timeout = request.timeout;
  const auto exchange = std::make_shared<Exchange>(parts_, std::move(request), answer.setter());
  const Executor::TimerId timer = executor->RunAfter(
      timeout, [exchange] { exchange->Finish(absl::DeadlineExceededError("no reply in time")); });
  Spawn(parts_.network, Carry(exchange));
  Result result = co_await std::move(answer).Wait();
  executor->CancelTimer(timer);
  co_return result;
}

}  // namespace evertoken::simulation
