#include "server/cases/scripted_provider.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/cases/case_key.h"
#include "server/cases/case_nodes.h"

namespace evertoken {
namespace {

std::string WithoutQuery(absl::string_view url) {
  return std::string(url.substr(0, url.find('?')));
}

absl::StatusOr<HttpReply> ReplyOf(const YamlNode& node) {
  const std::string& status = Member(node, "status").text;
  if (status == "timeout") return absl::DeadlineExceededError("the case says so");
  HttpReply reply;
  reply.status = 200;
  if (!status.empty() && !absl::SimpleAtoi(status, &reply.status))
    return absl::InvalidArgumentError(absl::StrCat("line ", node.line, ": status"));
  for (const auto& [name, value] : TextsOf(Member(node, "headers")))
    reply.headers.emplace_back(absl::AsciiStrToLower(name), value);
  if (reply.Header("content-type").empty())
    reply.headers.emplace_back("content-type", "application/json");
  const std::string& body = Member(node, "body").text;
  reply.body = body == "{jwks}" ? CaseKey::Get().Jwks() : body;
  const std::string& bytes = Member(node, "body_base64").text;
  if (!bytes.empty() && !absl::Base64Unescape(bytes, &reply.body))
    return absl::InvalidArgumentError(absl::StrCat("line ", node.line, ": body_base64"));
  return reply;
}

}  // namespace

ScriptedProvider::ScriptedProvider(const ProviderCase& played) {
  for (const YamlNode& node : played.always) Add(node);
  for (const YamlNode& node : played.replies) {
    Add(node);
    own_.insert(Member(node, "url").text);
  }
}

void ScriptedProvider::Add(const YamlNode& node) {
  absl::StatusOr<HttpReply> reply = ReplyOf(node);
  absl::MutexLock lock(&mutex_);
  if (absl::IsInvalidArgument(reply.status()))
    failures_.push_back(absl::StrCat("cannot be read: ", std::string(reply.status().message())));
  replies_.insert_or_assign(Member(node, "url").text, std::move(reply));
}

absl::StatusOr<HttpReply> ScriptedProvider::Answer(const HttpRequest& request) {
  const std::string url = WithoutQuery(request.url);
  absl::MutexLock lock(&mutex_);
  requests_.push_back(request);
  const auto found = replies_.find(url);
  if (found != replies_.end()) return found->second;
  failures_.push_back(absl::StrCat("no reply for ", request.method, " ", url));
  return absl::UnavailableError("no reply");
}

bool ScriptedProvider::NeverAnswers(absl::string_view url) const {
  const auto found = replies_.find(WithoutQuery(url));
  return found != replies_.end() && absl::IsDeadlineExceeded(found->second.status());
}

bool ScriptedProvider::IsAlwaysAnswered(absl::string_view url) const {
  const std::string bare = WithoutQuery(url);
  return replies_.count(bare) != 0 && own_.count(bare) == 0;
}

std::vector<HttpRequest> ScriptedProvider::Requests(absl::string_view url) const {
  absl::MutexLock lock(&mutex_);
  std::vector<HttpRequest> found;
  for (const HttpRequest& request : requests_) {
    if (url.empty() || WithoutQuery(request.url) == std::string(url)) found.push_back(request);
  }
  return found;
}

std::vector<std::string> ScriptedProvider::Failures() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> failures = failures_;
  std::set<std::string> unasked = own_;
  for (const HttpRequest& request : requests_) unasked.erase(WithoutQuery(request.url));
  for (const std::string& url : unasked)
    failures.push_back(absl::StrCat("nothing asked for the reply of ", url));
  return failures;
}

Task<absl::StatusOr<HttpReply>> ScriptedHttpClient::Send(HttpRequest request) {
  absl::StatusOr<HttpReply> reply = provider_->Answer(request);
  co_return reply;
}

}  // namespace evertoken
