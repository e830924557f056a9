// What becomes of a renewal that is under way when the server is told to end.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <future>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "evertoken/v1/token_service.grpc.pb.h"
#include "tests/demo/demo_provider.h"
#include "tests/demo/server_process.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(30);

class DrainTest : public ::testing::Test {
 protected:
  // A server with one live access token, and a provider that takes `token_delay` for a renewal.
  void Start(absl::Duration token_delay, absl::Duration drain_timeout) {
    absl::StatusOr<std::unique_ptr<demo::DemoProvider>> provider = demo::DemoProvider::Start({});
    ASSERT_THAT(provider.status(), IsOk());
    provider_ = *std::move(provider);
    demo::ServerOptions options;
    options.binary = "server/evertoken";
    options.directory = absl::StrCat(
        ::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(options.directory);
    options.app_redirect_uri = "http://localhost:9/app";
    options.more = absl::StrCat(
        "outbound: {allow_insecure_loopback: true, timeout: 60s}\nlimits: {drain_timeout: ",
        absl::ToInt64Milliseconds(drain_timeout), "ms}");
    absl::StatusOr<std::unique_ptr<demo::ServerProcess>> server =
        demo::ServerProcess::Start(options, provider_.get());
    ASSERT_THAT(server.status(), IsOk());
    server_ = *std::move(server);
    stub_ = v1::TokenService::NewStub(grpc::CreateChannel(
        absl::StrCat("127.0.0.1:", server_->grpc_port()), grpc::InsecureChannelCredentials()));
    Exchange();
    provider_->SetTokenDelay(token_delay);
  }

  void Exchange() {
    const demo::IssuedTokens tokens = provider_->IssueTokens("ada");
    v1::ExchangeTokenRequest request;
    request.mutable_provider_tokens()->set_provider("demo");
    request.mutable_provider_tokens()->set_access_token(tokens.access_token);
    request.mutable_provider_tokens()->set_refresh_token(tokens.refresh_token);
    request.mutable_provider_tokens()->set_id_token(provider_->IssueIdToken("ada"));
    v1::ExchangeTokenResponse response;
    grpc::ClientContext context;
    context.AddMetadata("authorization", server_->BasicAuthorization());
    const grpc::Status status = stub_->ExchangeToken(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    access_token_ = response.access_token();
  }

  // Asks for a renewal and returns when the provider has it.
  std::future<grpc::Status> BeginRefresh() {
    std::future<grpc::Status> status = std::async(std::launch::async, [this] {
      v1::RefreshTokenRequest request;
      request.set_access_token(access_token_);
      v1::RefreshTokenResponse response;
      grpc::ClientContext context;
      context.AddMetadata("authorization", server_->BasicAuthorization());
      return stub_->RefreshToken(&context, request, &response);
    });
    const absl::Time deadline = absl::Now() + kPatience;
    while (provider_->token_calls("refresh_token") == 0 && absl::Now() < deadline)
      absl::SleepFor(absl::Milliseconds(1));
    EXPECT_EQ(provider_->token_calls("refresh_token"), 1);
    return status;
  }

  void Signal() { kill(server_->process().pid(), SIGTERM); }

  std::unique_ptr<demo::DemoProvider> provider_;
  std::unique_ptr<demo::ServerProcess> server_;
  std::unique_ptr<v1::TokenService::Stub> stub_;
  std::string access_token_;
};

TEST_F(DrainTest, LetsARenewalFinishAndAnswersItsCaller) {
  Start(absl::Milliseconds(500), kPatience);
  std::future<grpc::Status> refreshed = BeginRefresh();
  EXPECT_EQ(server_->process().Stop(kPatience), 0);
  const grpc::Status status = refreshed.get();
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(DrainTest, WaitsNoLongerThanItsLimit) {
  // What is left behind in the middle is no leak.
  setenv("ASAN_OPTIONS", "detect_leaks=0", /*overwrite=*/1);
  Start(2 * kPatience, absl::Milliseconds(200));
  std::future<grpc::Status> refreshed = BeginRefresh();
  EXPECT_EQ(server_->process().Stop(kPatience), 0);
  EXPECT_FALSE(refreshed.get().ok());
  EXPECT_THAT(server_->process().StderrTail(), HasSubstr("drain_incomplete"));
}

TEST_F(DrainTest, ASecondSignalEndsItAtOnce) {
  Start(2 * kPatience, absl::Minutes(10));
  std::future<grpc::Status> refreshed = BeginRefresh();
  Signal();
  const absl::Time deadline = absl::Now() + kPatience;
  while (server_->process().StderrTail().find("\"draining\"") == std::string::npos &&
         absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(server_->process().Stop(kPatience), 128 + SIGTERM);
  EXPECT_FALSE(refreshed.get().ok());
}

}  // namespace
}  // namespace evertoken
