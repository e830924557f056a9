// Listening, TLS, and the standard services.

#include "server/rpc/grpc_server.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"
#include "tests/rpc/edge_fixture.h"
#include "tests/rpc/test_certificates.h"

namespace evertoken {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class GrpcServerTest : public testing::Test, protected EdgeFixture {
 protected:
  // The bytes of a reply to a request of these bytes: for services without stubs here.
  std::string CallGeneric(const std::string& method, const std::string& request_bytes) {
    grpc::GenericStub stub(Connect());
    grpc::ClientContext context;
    grpc::Slice slice(request_bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    absl::Notification done;
    stub.UnaryCall(&context, method, grpc::StubOptions(), &request, &response,
                   [&](grpc::Status result) {
                     status = std::move(result);
                     done.Notify();
                   });
    done.WaitForNotification();
    EXPECT_TRUE(status.ok()) << status.error_message();
    grpc::Slice reply;
    EXPECT_TRUE(response.DumpToSingleSlice(&reply).ok());
    return std::string(reinterpret_cast<const char*>(reply.begin()), reply.size());
  }
};

TEST_F(GrpcServerTest, PicksAFreePort) {
  Start(LoopbackConfig());
  EXPECT_GT(server->port(), 0);
  EXPECT_FALSE(IsActive("0123abcd-0000-1111-2222-333344445555"));
}

TEST_F(GrpcServerTest, SaysWhenThePortIsTaken) {
  Start(LoopbackConfig());
  config::v1::Grpc config;
  const std::string address = absl::StrCat("127.0.0.1:", server->port());
  config.set_listen(address);
  EXPECT_THAT(TryStart(config),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(address), HasSubstr("another process has the port"))));
}

TEST_F(GrpcServerTest, RefusesPlaintextBeyondLoopback) {
  config::v1::Grpc config;
  config.set_listen("0.0.0.0:0");
  EXPECT_THAT(TryStart(config),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("plaintext")));
  config.set_listen("nonsense");
  EXPECT_THAT(TryStart(config),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nonsense")));
}

TEST_F(GrpcServerTest, ReflectionListsTheServices) {
  Start(LoopbackConfig());
  // ServerReflectionRequest{list_services: "*"}
  const std::string services =
      CallGeneric("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "\x3a\x01*");
  for (const char* service :
       {"evertoken.v1.TokenService", "evertoken.v1.LoginService", "grpc.health.v1.Health",
        "grpc.channelz.v1.Channelz", "grpc.reflection.v1alpha.ServerReflection"}) {
    EXPECT_THAT(services, HasSubstr(service));
  }
}

TEST_F(GrpcServerTest, ReflectionDescribesHealth) {
  Start(LoopbackConfig());
  // ServerReflectionRequest{file_containing_symbol: …}
  const std::string symbol = "grpc.health.v1.Health";
  const std::string request =
      absl::StrCat("\x22", std::string(1, static_cast<char>(symbol.size())), symbol);
  EXPECT_THAT(
      CallGeneric("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", request),
      HasSubstr("HealthCheckResponse"));
}

TEST_F(GrpcServerTest, ChannelzShowsTheServer) {
  Start(LoopbackConfig());
  EXPECT_FALSE(CallGeneric("/grpc.channelz.v1.Channelz/GetServers", "").empty());
}

class TlsServerTest : public GrpcServerTest {
 protected:
  TlsServerTest() {
    const TestCertificate certificate = authority_.Issue("DNS:localhost");
    Write("server_cert.pem", certificate.certificate);
    Write("server_key.pem", certificate.private_key);
    Write("client_ca.pem", authority_.certificate());
    config_ = LoopbackConfig();
    config_.mutable_tls()->set_certificate("server_cert.pem");
    config_.mutable_tls()->set_private_key("server_key.pem");
  }

  static void Write(const std::string& name, const std::string& content) {
    std::ofstream(testing::TempDir() + "/" + name, std::ios::binary) << content;
  }

  grpc::SslCredentialsOptions TrustingTheServer() const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority_.certificate();
    return options;
  }

  // With a client certificate for these names.
  grpc::SslCredentialsOptions AsClient(const TestAuthority& issuer,
                                       const std::string& names) const {
    grpc::SslCredentialsOptions options = TrustingTheServer();
    const TestCertificate certificate = issuer.Issue(names);
    options.pem_cert_chain = certificate.certificate;
    options.pem_private_key = certificate.private_key;
    return options;
  }

  // How many providers the caller has; shop has one, other has none.
  grpc::Status Call(const grpc::SslCredentialsOptions& options, const std::string& authorization,
                    v1::ListProvidersResponse* response) {
    auto stub = v1::LoginService::NewStub(Connect(grpc::SslCredentials(options)));
    grpc::ClientContext context;
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    return stub->ListProviders(&context, v1::ListProvidersRequest(), response);
  }

  void ExpectApp(const grpc::SslCredentialsOptions& options, const std::string& authorization,
                 const std::string& app) {
    v1::ListProvidersResponse response;
    const grpc::Status status = Call(options, authorization, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.providers_size(), app == "shop" ? 1 : 0);
  }

  void ExpectUnknown(const grpc::SslCredentialsOptions& options, const std::string& authorization) {
    v1::ListProvidersResponse response;
    EXPECT_EQ(ReasonOnWire(Call(options, authorization, &response)), "CALLER_UNKNOWN");
  }

  const TestAuthority authority_;
  config::v1::Grpc config_;
};

TEST_F(TlsServerTest, ServesOverTls) {
  Start(config_);
  ExpectApp(TrustingTheServer(), BasicHeader("shop", "shop-1"), "shop");
}

TEST_F(TlsServerTest, ClientCertificatesCountOnlyWhereConfigured) {
  Start(config_);
  ExpectUnknown(AsClient(authority_, "DNS:shop.test"), "");
}

TEST_F(TlsServerTest, ClientCertificatesNameTheApp) {
  config_.mutable_tls()->set_client_ca("client_ca.pem");
  Start(config_);
  ExpectApp(AsClient(authority_, "DNS:shop.test"), "", "shop");
  ExpectApp(AsClient(authority_, "URI:spiffe://test/other"), "", "other");
  ExpectApp(AsClient(authority_, "DNS:unrelated.test,DNS:shop.test"), "", "shop");
  ExpectUnknown(AsClient(authority_, "DNS:unrelated.test"), "");
  ExpectUnknown(AsClient(authority_, "email:shop.test@shop.test"), "");
  // Two apps at once: none.
  ExpectUnknown(AsClient(authority_, "DNS:shop.test,URI:spiffe://test/other"), "");
}

TEST_F(TlsServerTest, BasicStaysPossibleAndWins) {
  config_.mutable_tls()->set_client_ca("client_ca.pem");
  Start(config_);
  ExpectApp(TrustingTheServer(), BasicHeader("shop", "shop-1"), "shop");
  ExpectApp(AsClient(authority_, "URI:spiffe://test/other"), BasicHeader("shop", "shop-1"), "shop");
  ExpectUnknown(AsClient(authority_, "DNS:shop.test"), BasicHeader("shop", "wrong"));
  ExpectUnknown(TrustingTheServer(), "");
}

TEST_F(TlsServerTest, StrangersCertificatesAreRefused) {
  config_.mutable_tls()->set_client_ca("client_ca.pem");
  Start(config_);
  const TestAuthority stranger;
  v1::ListProvidersResponse response;
  EXPECT_EQ(Call(AsClient(stranger, "DNS:shop.test"), "", &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsServerTest, RefusesCertificatesThatCannotBeUsed) {
  Write("server_key.pem", "garbage");
  EXPECT_THAT(TryStart(config_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("server_key.pem")));
}

}  // namespace
}  // namespace evertoken
