// What a caller sees of an error.

#include <grpcpp/generic/generic_stub.h>

#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/ids.h"
#include "server/base/log.h"
#include "tests/rpc/edge_fixture.h"

namespace evertoken {
namespace {

using google::rpc::BadRequest;
using google::rpc::ErrorInfo;
using testing::HasSubstr;
using testing::Not;

class WireErrorsTest : public testing::Test, protected EdgeFixture {
 protected:
  WireErrorsTest() { Start(LoopbackConfig()); }

  grpc::Status Refresh(const std::string& token, grpc::ClientContext* context) {
    Authenticate(context);
    v1::RefreshTokenRequest request;
    request.set_access_token(token);
    v1::RefreshTokenResponse response;
    return tokens->RefreshToken(context, request, &response);
  }

  grpc::Status Refresh(const std::string& token) {
    grpc::ClientContext context;
    return Refresh(token, &context);
  }

  grpc::Status CallByName(const std::string& method) {
    grpc::GenericStub stub(Connect());
    grpc::ClientContext context;
    Authenticate(&context);
    const grpc::Slice empty;
    const grpc::ByteBuffer request(&empty, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    absl::Notification done;
    stub.UnaryCall(&context, method, grpc::StubOptions(), &request, &response,
                   [&status, &done](grpc::Status ended) {
                     status = std::move(ended);
                     done.Notify();
                   });
    done.WaitForNotification();
    return status;
  }
};

TEST_F(WireErrorsTest, BrokersErrorsArriveWithTheirReason) {
  const grpc::Status status = Refresh(RandomGuid());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  const auto info = OnlyDetail<ErrorInfo>(status);
  EXPECT_EQ(info.domain(), "evertoken.dev");
  EXPECT_EQ(info.reason(), "TOKEN_NOT_FOUND");
}

TEST_F(WireErrorsTest, AMethodThatDoesNotExistIsNotServed) {
  for (const char* method :
       {"/evertoken.v1.TokenService/MintToken", "/evertoken.v2.TokenService/RefreshToken"}) {
    const grpc::Status status = CallByName(method);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
    EXPECT_EQ(OnlyDetail<ErrorInfo>(status).reason(), "NOT_SERVED");
  }
  EXPECT_THAT(metrics.Serialize(), Not(HasSubstr("MintToken")));
}

TEST_F(WireErrorsTest, CarriesTheCallersRequestId) {
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "order-77");
  EXPECT_EQ(OnlyDetail<ErrorInfo>(Refresh(RandomGuid(), &context)).metadata().at("request_id"),
            "order-77");
}

TEST_F(WireErrorsTest, ReplacesRequestIdsThatCouldHarmALog) {
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "a \"b\"");
  const std::string id =
      OnlyDetail<ErrorInfo>(Refresh(RandomGuid(), &context)).metadata().at("request_id");
  EXPECT_FALSE(id.empty());
  EXPECT_THAT(id, Not(HasSubstr("\"")));
}

TEST_F(WireErrorsTest, TextThatIsNotUtf8LeavesOnlyOurLogLines) {
  testing::internal::CaptureStderr();
  EXPECT_FALSE(Refresh("s3cret-\xff").ok());
  FlushLog(absl::InfiniteDuration());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("\"event\":\"protobuf\""));
  EXPECT_THAT(log, Not(HasSubstr("libprotobuf")));
  EXPECT_THAT(log, Not(HasSubstr("s3cret")));
}

TEST_F(WireErrorsTest, NamesEveryBadField) {
  grpc::ClientContext context;
  Authenticate(&context);
  v1::RefreshTokenRequest request;
  request.set_access_token("x");
  request.mutable_min_remaining()->set_seconds(-1);
  v1::RefreshTokenResponse response;
  const grpc::Status status = tokens->RefreshToken(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOnWire(status), "REQUEST_INVALID");
  const auto bad_request = OnlyDetail<BadRequest>(status);
  ASSERT_EQ(bad_request.field_violations_size(), 2);
  EXPECT_EQ(bad_request.field_violations(0).field(), "access_token");
  EXPECT_EQ(bad_request.field_violations(1).field(), "min_remaining");
}

TEST_F(WireErrorsTest, TheLargestListOfBadFieldsArrives) {
  grpc::ClientContext context;
  Authenticate(&context);
  v1::ExchangeTokenRequest request;
  auto* credential = request.mutable_provider_tokens();
  credential->set_provider("?");
  credential->set_access_token("\n");
  credential->set_refresh_token("\n");
  credential->set_id_token("?");
  credential->mutable_expire_time()->set_nanos(-1);
  for (int i = 0; i < 50; ++i) credential->add_scopes("\n");
  credential->set_nonce("\n");
  v1::ExchangeTokenResponse response;
  const grpc::Status status = tokens->ExchangeToken(&context, request, &response);
  EXPECT_EQ(ReasonOnWire(status), "REQUEST_INVALID");
  EXPECT_EQ(OnlyDetail<BadRequest>(status).field_violations_size(), 7);
}

TEST_F(WireErrorsTest, RefusesOversizedRequests) {
  const grpc::Status status = Refresh(std::string(65536, 'x'));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  // Just below the limit the request is read, and found bad.
  EXPECT_EQ(ReasonOnWire(Refresh(std::string(65000, 'x'))), "REQUEST_INVALID");
}

TEST_F(WireErrorsTest, RefusesCompressedRequests) {
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  EXPECT_EQ(Refresh(std::string(10000, 'x'), &context).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(WireErrorsTest, RefusesOversizedHeaders) {
  grpc::ClientContext context;
  context.AddMetadata("x-padding", std::string(40000, 'x'));
  EXPECT_FALSE(Refresh(RandomGuid(), &context).ok());
  // The connection may be given up, but not the server.
  tokens = v1::TokenService::NewStub(Connect());
  EXPECT_EQ(ReasonOnWire(Refresh(RandomGuid())), "TOKEN_NOT_FOUND");
}

TEST_F(WireErrorsTest, LogsNeitherTokenNorSecret) {
  SetLogLevel(LogLevel::kDebug);
  testing::internal::CaptureStderr();
  const std::string token = SeedGrant();
  EXPECT_TRUE(IsActive(token));
  EXPECT_TRUE(IsActive(token));
  Refresh("not-a-guid-but-secret");
  grpc::ClientContext context;
  context.AddMetadata("authorization", BasicHeader("shop", "wrong-secret"));
  v1::ListProvidersResponse response;
  logins->ListProviders(&context, v1::ListProvidersRequest(), &response);
  FlushLog(absl::Minutes(1));
  const std::string log = testing::internal::GetCapturedStderr();
  SetLogLevel(LogLevel::kInfo);
  EXPECT_THAT(log, HasSubstr(R"("event":"rpc")"));
  for (const std::string& secret :
       {token, std::string("not-a-guid-but-secret"), std::string("wrong-secret"),
        std::string("shop-1"), BasicHeader("shop", "shop-1").substr(6)}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace evertoken
