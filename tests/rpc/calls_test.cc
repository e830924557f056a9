// How calls are answered, given up and shed.

#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/ids.h"
#include "server/base/log.h"
#include "tests/rpc/edge_fixture.h"

namespace evertoken {
namespace {

using testing::HasSubstr;

class CallsTest : public testing::Test, protected EdgeFixture {};

TEST_F(CallsTest, AnswersFromTheBroker) {
  Start(LoopbackConfig());
  v1::IntrospectTokenResponse response;
  ASSERT_TRUE(Introspect(SeedGrant(), &response).ok());
  EXPECT_TRUE(response.active());
  EXPECT_EQ(response.provider(), "idp");
  EXPECT_EQ(response.grant_id(), "grant");
  EXPECT_FALSE(IsActive(RandomGuid()));
}

TEST_F(CallsTest, AnswersFromMemoryWithoutTheBrokersThread) {
  Start(LoopbackConfig());
  const std::string token = SeedGrant();
  ASSERT_TRUE(IsActive(token));
  executor.Hold();
  EXPECT_TRUE(IsActive(token));
}

TEST_F(CallsTest, AccessTokensHaveNoCase) {
  Start(LoopbackConfig());
  EXPECT_TRUE(IsActive(absl::AsciiStrToUpper(SeedGrant())));
}

TEST_F(CallsTest, ListsTheAppsProviders) {
  Start(LoopbackConfig());
  grpc::ClientContext context;
  Authenticate(&context);
  v1::ListProvidersResponse response;
  ASSERT_TRUE(logins->ListProviders(&context, v1::ListProvidersRequest(), &response).ok());
  ASSERT_EQ(response.providers_size(), 1);
  EXPECT_EQ(response.providers(0).id(), "idp");
  EXPECT_EQ(response.providers(0).display_name(), "Test provider");
  EXPECT_THAT(response.providers(0).default_scopes(), testing::ElementsAre("profile", "email"));
  EXPECT_EQ(response.providers(0).login_path(), "/login/idp");
}

TEST_F(CallsTest, StartsLogins) {
  Start(LoopbackConfig());
  grpc::ClientContext context;
  Authenticate(&context);
  v1::StartLoginRequest request;
  request.set_provider("idp");
  request.set_redirect_uri("https://shop.test/return");
  v1::StartLoginResponse response;
  const grpc::Status status = logins->StartLogin(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(response.authorization_url(), testing::StartsWith("https://idp.test/authorize?"));
}

TEST_F(CallsTest, LogsOneLineWithTheIdsOfTheCall) {
  Start(LoopbackConfig());
  testing::internal::CaptureStderr();
  grpc::ClientContext context;
  Authenticate(&context);
  context.AddMetadata("x-request-id", "order-77");
  context.AddMetadata("traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01");
  v1::RevokeTokenRequest request;
  request.set_access_token(RandomGuid());
  v1::RevokeTokenResponse response;
  EXPECT_TRUE(tokens->RevokeToken(&context, request, &response).ok());
  FlushLog(absl::Minutes(1));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr(R"("level":"info","event":"rpc","request_id":"order-77",)"
                        R"("trace_id":"0123456789abcdef0123456789abcdef","app":"shop",)"
                        R"("method":"RevokeToken","code":"OK","duration_ms":0})"));
  EXPECT_TRUE(Counted("RevokeToken", "OK"));
}

TEST_F(CallsTest, ACallerWhoHangsUpChangesNothing) {
  Start(LoopbackConfig());
  const std::string token = SeedGrant();
  executor.Hold();
  auto call = BeginRevoke(token);
  executor.AwaitHeld(1);
  call->context.TryCancel();
  call->done.WaitForNotification();
  EXPECT_EQ(call->status.error_code(), grpc::StatusCode::CANCELLED);
  // Its waiting has ended on the server as well, before the work begins.
  Eventually([this] { return Counted("RevokeToken", "CANCELLED"); });
  executor.Release();
  // The abandoned work and the question run side by side: sooner or later the question finds it done.
  Eventually([this, &token] { return !IsActive(token); });
  EXPECT_FALSE(Counted("RevokeToken", "OK"));
}

TEST_F(CallsTest, AbandonedWorkMayOutliveTheServer) {
  Start(LoopbackConfig());
  const std::string token = SeedGrant();
  executor.Hold();
  auto call = BeginRevoke(token);
  executor.AwaitHeld(1);
  server.reset();
  call->done.WaitForNotification();
  EXPECT_FALSE(call->status.ok());
  executor.Release();
  Start(LoopbackConfig());
  Eventually([this, &token] { return !IsActive(token); });
}

TEST_F(CallsTest, ShedsWhatIsTooMuch) {
  in_flight_requests = 1;
  Start(LoopbackConfig());
  const std::string hot = SeedGrant();
  ASSERT_TRUE(IsActive(hot));
  executor.Hold();
  auto first = BeginRevoke(SeedGrant());
  executor.AwaitHeld(1);
  auto second = BeginRevoke(SeedGrant());
  second->done.WaitForNotification();
  EXPECT_EQ(second->status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOnWire(second->status), "SERVER_OVERLOADED");
  EXPECT_GT(OnlyDetail<google::rpc::RetryInfo>(second->status).retry_delay().seconds(), 0);
  // What needs no work is still answered.
  EXPECT_TRUE(IsActive(hot));
  executor.Release();
  first->done.WaitForNotification();
  EXPECT_TRUE(first->status.ok());
  EXPECT_FALSE(IsActive(RandomGuid()));
}

TEST_F(CallsTest, HangingUpFreesNoPlaceBeforeTheWorkEnds) {
  in_flight_requests = 1;
  Start(LoopbackConfig());
  executor.Hold();
  auto first = BeginRevoke(SeedGrant());
  executor.AwaitHeld(1);
  first->context.TryCancel();
  first->done.WaitForNotification();
  Eventually([this] { return Counted("RevokeToken", "CANCELLED"); });
  auto second = BeginRevoke(SeedGrant());
  second->done.WaitForNotification();
  EXPECT_EQ(ReasonOnWire(second->status), "SERVER_OVERLOADED");
}

}  // namespace
}  // namespace evertoken
