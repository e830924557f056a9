#include "tests/hostile_provider/hostile_http_client.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "server/base/executor.h"
#include "server/base/one_shot.h"

namespace evertoken::hostile {
namespace {

using Result = absl::StatusOr<HttpReply>;

// Who comes first answers: the reply or the timeout. All of one executor.
class Race {
 public:
  explicit Race(OneShot<Result>::Setter setter) : setter_(std::move(setter)) {}

  void Finish(Result result) {
    if (!setter_.has_value()) return;
    std::exchange(setter_, std::nullopt)->Set(std::move(result));
  }

 private:
  std::optional<OneShot<Result>::Setter> setter_;
};

std::string OriginOf(const std::string& url) {
  const size_t host = url.find("://");
  return host == std::string::npos ? url : url.substr(0, url.find_first_of("/?#", host + 3));
}

ProviderRequest ToProviderRequest(const HttpRequest& from) {
  ProviderRequest request;
  request.method = from.method;
  const std::string target = from.url.substr(OriginOf(from.url).size());
  const size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = demo::ParseForm(target.substr(mark + 1));
  for (const auto& [name, value] : from.headers) {
    if (absl::EqualsIgnoreCase(name, "authorization")) request.authorization = value;
  }
  request.body = from.body;
  return request;
}

Result ToResult(ProviderReply from, absl::Duration round_trip) {
  if (from.delivery != Delivery::kWhole) return absl::AbortedError("the connection broke");
  if (from.body.size() > HostileHttpClient::kMostReplyBytes)
    return absl::ResourceExhaustedError("the reply is too large");
  HttpReply reply;
  reply.status = from.status;
  reply.headers = std::move(from.headers);
  reply.body = std::move(from.body);
  reply.round_trip = round_trip;
  return reply;
}

Task<void> Carry(ProviderSite* site, const Clock* clock, HttpRequest request,
                 std::shared_ptr<Race> race) {
  const absl::Time sent = clock->Now();
  Passage passage = site->Handle(ToProviderRequest(request), sent);
  if (passage.delay > absl::ZeroDuration()) co_await Delay(passage.delay);
  ProviderReply reply = passage.finish(clock->Now());
  if (reply.delay > absl::ZeroDuration()) co_await Delay(reply.delay);
  race->Finish(ToResult(std::move(reply), clock->Now() - sent));
}

}  // namespace

Task<absl::StatusOr<HttpReply>> HostileHttpClient::Send(HttpRequest request) {
  const auto site = sites_.find(OriginOf(request.url));
  if (site == sites_.end()) co_return absl::UnavailableError("nobody serves this origin");
  OneShot<Result> answer;
  auto race = std::make_shared<Race>(answer.setter());
  Executor* const executor = Executor::Current();
  const Executor::TimerId timer = executor->RunAfter(
      request.timeout, [race] { race->Finish(absl::DeadlineExceededError("no reply in time")); });
  Spawn(executor, Carry(site->second, clock_, std::move(request), race));
  Result result = co_await std::move(answer).Wait();
  executor->CancelTimer(timer);
  co_return result;
}

}  // namespace evertoken::hostile
