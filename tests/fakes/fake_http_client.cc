#include "tests/fakes/fake_http_client.h"

#include <algorithm>
#include <utility>

#include "gtest/gtest.h"
#include "server/base/one_shot.h"

namespace evertoken {
namespace {

std::string WithoutQuery(absl::string_view url) {
  return std::string(url.substr(0, url.find('?')));
}

}  // namespace

HttpReply JsonReply(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.headers.emplace_back("content-type", "application/json");
  reply.body = std::move(body);
  return reply;
}

void FakeHttpClient::On(std::string url, Handler handler) {
  absl::MutexLock lock(&mutex_);
  handlers_[std::move(url)] = std::move(handler);
}

void FakeHttpClient::On(std::string url, HttpReply reply) {
  On(std::move(url), [reply = std::move(reply)](const HttpRequest&) { return reply; });
}

void FakeHttpClient::On(std::string url, absl::Status error) {
  On(std::move(url), [error = std::move(error)](const HttpRequest&) { return error; });
}

void FakeHttpClient::SetDelay(absl::Duration delay) {
  absl::MutexLock lock(&mutex_);
  delay_ = delay;
}

std::vector<HttpRequest> FakeHttpClient::Requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

std::vector<HttpRequest> FakeHttpClient::Requests(absl::string_view url) const {
  std::vector<HttpRequest> requests = Requests();
  const auto others = [url](const HttpRequest& request) {
    return absl::string_view(WithoutQuery(request.url)) != url;
  };
  requests.erase(std::remove_if(requests.begin(), requests.end(), others), requests.end());
  return requests;
}

absl::StatusOr<HttpReply> FakeHttpClient::Answer(const HttpRequest& request) {
  Handler handler;
  {
    absl::MutexLock lock(&mutex_);
    requests_.push_back(request);
    const auto found = handlers_.find(WithoutQuery(request.url));
    if (found != handlers_.end()) handler = found->second;
  }
  if (handler == nullptr) {
    ADD_FAILURE() << "FakeHttpClient has no script for " << request.method << " " << request.url;
    return absl::UnavailableError("no script");
  }
  return handler(request);
}

Task<absl::StatusOr<HttpReply>> FakeHttpClient::Send(HttpRequest request) {
  absl::StatusOr<HttpReply> reply = Answer(request);
  absl::Duration delay;
  {
    absl::MutexLock lock(&mutex_);
    delay = delay_;
  }
  const absl::Duration wait = std::min(delay, request.timeout);
  if (wait > absl::ZeroDuration()) co_await Delay(wait);
  if (delay > request.timeout) co_return absl::DeadlineExceededError("no reply in time");
  if (reply.ok()) reply->round_trip = wait;
  co_return reply;
}

}  // namespace evertoken
