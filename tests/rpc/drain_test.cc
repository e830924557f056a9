// Health, and how the server ends.

#include <memory>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/rpc/edge_fixture.h"

namespace evertoken {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr absl::Duration kLongerThanAnyTest = absl::Hours(1);

class DrainTest : public testing::Test, protected EdgeFixture {
 protected:
  DrainTest() {
    Start(LoopbackConfig());
    health_ = Health::NewStub(Connect());
  }

  HealthCheckResponse::ServingStatus Check(const std::string& service) {
    grpc::ClientContext context;
    HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    const grpc::Status status = health_->Check(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  }

  std::unique_ptr<Health::Stub> health_;
};

TEST_F(DrainTest, HealthFollowsReadiness) {
  for (const char* service : {"", "evertoken.v1.TokenService", "evertoken.v1.LoginService"}) {
    EXPECT_EQ(Check(service), HealthCheckResponse::NOT_SERVING);
    server->SetReady(true);
    EXPECT_EQ(Check(service), HealthCheckResponse::SERVING);
    server->SetReady(false);
    EXPECT_EQ(Check(service), HealthCheckResponse::NOT_SERVING);
  }
}

TEST_F(DrainTest, HealthOfAnUnknownServiceIsNotFound) {
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service("nobody");
  HealthCheckResponse response;
  EXPECT_EQ(health_->Check(&context, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(DrainTest, WatchesSeeEveryChangeThatLasts) {
  grpc::ClientContext context;
  auto watch = health_->Watch(&context, HealthCheckRequest());
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  server->SetReady(true);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  context.TryCancel();
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(DrainTest, AWatchOfAnUnknownServiceStaysOpen) {
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service("nobody");
  auto watch = health_->Watch(&context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
  context.TryCancel();
  watch->Finish();
}

TEST_F(DrainTest, CallsInFlightFinish) {
  server->SetReady(true);
  grpc::ClientContext context;
  auto watch = health_->Watch(&context, HealthCheckRequest());
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  ASSERT_EQ(response.status(), HealthCheckResponse::SERVING);

  executor.Hold();
  auto call = BeginRevoke(SeedGrant());
  executor.AwaitHeld(1);
  std::thread draining([this] { server->Drain(kLongerThanAnyTest); });
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  // The watch ends by itself, or it would hold up the drain.
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);

  executor.Release();
  call->done.WaitForNotification();
  EXPECT_TRUE(call->status.ok()) << call->status.error_message();
  draining.join();
}

TEST_F(DrainTest, WaitingEndsWhenTheTimeIsUp) {
  executor.Hold();
  auto call = BeginRevoke(SeedGrant());
  executor.AwaitHeld(1);
  server->Drain(absl::ZeroDuration());
  call->done.WaitForNotification();
  EXPECT_FALSE(call->status.ok());
  EXPECT_TRUE(Counted("RevokeToken", "CANCELLED"));
}

TEST_F(DrainTest, NothingNewIsAcceptedAfterwards) {
  server->Drain(kLongerThanAnyTest);
  server->SetReady(true);
  v1::IntrospectTokenResponse response;
  EXPECT_EQ(Introspect("0123abcd-0000-1111-2222-333344445555", &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace evertoken
