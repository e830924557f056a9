#include "tests/providers/case_player.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/base/event_loop.h"
#include "server/cases/case_runner.h"
#include "server/cases/scripted_provider.h"
#include "server/config/shipped_catalog.h"
#include "server/http/curl_http_client.h"
#include "server/http/egress_policy.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/test_http_server.h"

namespace evertoken {
namespace {

constexpr char kOriginHeader[] = "x-case-origin";

// Sends every request to the case's server, which learns from a header where it was meant to go.
class DetouringHttpClient final : public HttpClient {
 public:
  DetouringHttpClient(HttpClient* next, std::string server, const ScriptedProvider* provider)
      : next_(next), server_(std::move(server)), provider_(provider) {}

  Task<absl::StatusOr<HttpReply>> Send(HttpRequest request) override {
    const size_t path = request.url.find('/', request.url.find("://") + 3);
    std::string origin = request.url.substr(0, path);
    // What never comes need not be waited for long.
    if (provider_->NeverAnswers(request.url)) request.timeout = absl::Milliseconds(100);
    request.url = absl::StrCat(server_, path == std::string::npos ? "/" : request.url.substr(path));
    request.headers.emplace_back(kOriginHeader, std::move(origin));
    absl::StatusOr<HttpReply> reply = co_await next_->Send(std::move(request));
    co_return reply;
  }

 private:
  HttpClient* const next_;
  const std::string server_;
  const ScriptedProvider* const provider_;
};

// The server on loopback and the program's own client, shared by all cases of a process.
class CaseSite {
 public:
  CaseSite() : server_([this](const TestRequest& request) { return Answer(request); }) {
    EXPECT_TRUE(egress_.Allow(server_.Url("/")).ok());
    http_ = std::make_unique<CurlHttpClient>(&loop_, &egress_, CurlOptions());
  }

  std::vector<std::string> Play(const ProviderCase& played,
                                std::shared_ptr<const config::v1::Provider> entry) {
    ScriptedProvider provider(played);
    SetProvider(&provider);
    FakeClock clock(played.time);
    EgressPolicy egress(/*allow_insecure_loopback=*/false);
    DetouringHttpClient http(http_.get(), server_.Url(""), &provider);
    auto api = std::make_unique<ProviderApi>(&http, &clock, &egress, absl::Seconds(30));
    std::vector<std::string> failures =
        AwaitOn(&loop_, RunCase(&played, std::move(entry), api.get(), &provider, &clock));
    RunOn(&loop_, [&api] { api.reset(); });
    SetProvider(nullptr);
    server_.Release();
    return failures;
  }

 private:
  void SetProvider(ScriptedProvider* provider) {
    absl::MutexLock lock(&mutex_);
    provider_ = provider;
  }

  TestReply Answer(const TestRequest& request) {
    HttpRequest asked;
    asked.method = request.method;
    asked.url = absl::StrCat(request.Header(kOriginHeader), request.target);
    asked.headers = request.headers;
    asked.body = request.body;
    TestReply reply;
    absl::MutexLock lock(&mutex_);
    if (provider_ == nullptr) return reply;
    const absl::StatusOr<HttpReply> answer = provider_->Answer(asked);
    if (!answer.ok()) {
      reply.held = true;
      reply.then = TestReply::Then::kClose;
      return reply;
    }
    reply.status = answer->status;
    reply.headers = answer->headers;
    reply.body = answer->body;
    return reply;
  }

  absl::Mutex mutex_;
  ScriptedProvider* provider_ ABSL_GUARDED_BY(mutex_) = nullptr;
  TestHttpServer server_;
  EgressPolicy egress_{/*allow_insecure_loopback=*/true};
  EventLoop loop_{"cases"};
  std::unique_ptr<CurlHttpClient> http_;
};

}  // namespace

ProviderCatalog::Source ShippedSource() { return {"providers.yaml", kShippedCatalogYaml}; }

std::vector<std::string> ShippedIds() {
  const auto catalog = ProviderCatalog::Parse({ShippedSource()}, false);
  EXPECT_TRUE(catalog.ok()) << catalog.status();
  return catalog.ok() ? (*catalog)->Ids() : std::vector<std::string>();
}

CaseFile ShippedCases(const std::string& id) {
  const std::string path = absl::StrCat("tests/providers/cases/", id, ".yaml");
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << "the entry " << id << " has no case file " << path;
  const std::string yaml((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  CaseFile cases = ParseCaseFile(id, path, yaml);
  for (const std::string& problem : cases.problems) ADD_FAILURE() << problem;
  return cases;
}

std::vector<std::string> PlayCase(const ProviderCase& played,
                                  std::shared_ptr<const config::v1::Provider> entry) {
  FakeClock clock(played.time);
  ManualExecutor executor(&clock);
  ScriptedProvider provider(played);
  ScriptedHttpClient http(&provider);
  EgressPolicy egress(/*allow_insecure_loopback=*/false);
  ProviderApi api(&http, &clock, &egress, absl::Seconds(10));
  return executor.Await(RunCase(&played, std::move(entry), &api, &provider, &clock));
}

std::vector<std::string> PlayCaseOverHttp(const ProviderCase& played,
                                          std::shared_ptr<const config::v1::Provider> entry) {
  static auto* const site = new CaseSite();
  return site->Play(played, std::move(entry));
}

}  // namespace evertoken
