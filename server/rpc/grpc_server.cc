#include "server/rpc/grpc_server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/ext/channelz_service_plugin.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/rpc/call_reporter.h"
#include "server/rpc/caller_authentication.h"
#include "server/rpc/grpc_log.h"
#include "server/rpc/health_service.h"
#include "server/rpc/listen_address.h"
#include "server/rpc/login_service.h"
#include "server/rpc/overload_gate.h"
#include "server/rpc/protobuf_log.h"
#include "server/rpc/tls_files.h"
#include "server/rpc/token_service.h"
#include "server/rpc/unary_handler.h"
#include "server/rpc/unknown_methods.h"
#include "server/rpc/watch_streams.h"

namespace evertoken {
namespace {

constexpr char kDefaultListen[] = "127.0.0.1:8443";
constexpr int kDefaultMaxRequestBytes = 65536;

// Headers of one request together: an authorization of 512 bytes and a mesh's headers fit many
// times.
constexpr int kMaxMetadataBytes = 16384;
// Streams beyond it wait at the client. More than the overload gate lets in, so that it is the gate
// that answers.
constexpr int kStreamsPerRequestInFlight = 2;
constexpr int kMostStreams = 1 << 20;
constexpr size_t kMemoryQuotaBytes = size_t{1} << 30;
// Reflection and channelz only: everything else runs on gRPC's callback threads.
constexpr int kSyncThreads = 4;
constexpr int kKeepaliveMs = 120 * 1000;
constexpr int kKeepaliveTimeoutMs = 20 * 1000;
constexpr int kShortestClientPingMs = 10 * 1000;
constexpr int kHandshakeTimeoutMs = 20 * 1000;
constexpr int kIdleConnectionMs = 60 * 60 * 1000;

// These are switches of the whole process, to be set before gRPC's first server.
void PrepareGrpc() {
  [[maybe_unused]] static const bool once = [] {
    SendGrpcLogToOurs();
    SendProtobufLogToOurs();
    // Debian builds Abseil with its search for deadlocks, which takes a twentieth of every request.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::channelz::experimental::InitChannelzService();
    return true;
  }();
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const TlsFiles& files) {
  // Asked for, not demanded: apps without a certificate send Basic.
  grpc::SslServerCredentialsOptions options(files.client_ca.empty()
                                                ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                                : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = files.client_ca;
  options.pem_key_cert_pairs.push_back({files.private_key.Reveal(), files.certificate_chain});
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::SslServerCredentials(options);
  WipeString(&options.pem_key_cert_pairs.front().private_key);
  return credentials;
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(
    const config::v1::Grpc& config, const std::string& base_dir, const ListenAddress& address) {
  if (config.has_tls()) {
    absl::StatusOr<TlsFiles> files = ReadTlsFiles(config.tls(), base_dir);
    if (!files.ok()) return files.status();
    return CredentialsOf(*files);
  }
  if (!address.loopback && !config.allow_plaintext()) {
    return absl::InvalidArgumentError(
        absl::StrCat("grpc.listen '", address.text,
                     "' is not a loopback address and would carry secrets in plaintext: ",
                     "set grpc.tls, or grpc.allow_plaintext behind a mesh or proxy that ends TLS"));
  }
  return grpc::InsecureServerCredentials();
}

void SetLimits(const config::v1::Grpc& config, int in_flight_requests,
               grpc::ServerBuilder* builder) {
  const int64_t streams = int64_t{in_flight_requests} * kStreamsPerRequestInFlight + 100;
  builder->SetMaxReceiveMessageSize(config.max_request_bytes() > 0 ? config.max_request_bytes()
                                                                   : kDefaultMaxRequestBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                              static_cast<int>(std::min<int64_t>(streams, kMostStreams)));
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleConnectionMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kShortestClientPingMs);
  // A few compressed kilobytes could unfold to megabytes before their size is checked; requests are small anyway.
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder->SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, kSyncThreads);
  grpc::ResourceQuota quota("evertoken");
  quota.Resize(kMemoryQuotaBytes);
  builder->SetResourceQuota(quota);
}

}  // namespace

class GrpcServer::Impl {
 public:
  Impl(const config::v1::Grpc& config, const GrpcServerParts& parts)
      : authentication_(parts.apps, !config.tls().client_ca().empty()),
        reporter_(parts.clock, parts.metrics),
        gate_(parts.in_flight_requests, parts.metrics),
        watches_(
            std::make_shared<WatchStreams>(parts.watches, parts.watches_per_app, parts.metrics)),
        rpc_parts_{parts.brokers, parts.apps, &authentication_, &reporter_, &gate_, watches_},
        token_service_(MakeTokenService(rpc_parts_)),
        login_service_(MakeLoginService(rpc_parts_)),
        health_({"evertoken.v1.TokenService", "evertoken.v1.LoginService"}),
        unknown_methods_(&reporter_) {}

  ~Impl() { Drain(absl::ZeroDuration()); }

  absl::Status Listen(const config::v1::Grpc& config, const ListenAddress& address,
                      int in_flight_requests,
                      std::shared_ptr<grpc::ServerCredentials> credentials) {
    grpc::ServerBuilder builder;
    SetLimits(config, in_flight_requests, &builder);
    // Or two servers would share a port, and each would get some of the calls.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddListeningPort(address.text, std::move(credentials), &port_);
    builder.RegisterService(token_service_.get());
    builder.RegisterService(login_service_.get());
    builder.RegisterService(health_.service());
    builder.RegisterCallbackGenericService(&unknown_methods_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("cannot listen on grpc.listen ", address.text,
                       ": another process has the port, or the address is not one of this "
                       "machine's. Stop that process, "
                       "or set another grpc.listen (port 0 picks a free one)"));
    }
    return absl::OkStatus();
  }

  int port() const { return port_; }

  void SetReady(bool ready) { health_.SetServing(ready); }

  void Drain(absl::Duration timeout) {
    if (server_ == nullptr) return;
    health_.Shutdown();
    // They would last as long as they may.
    watches_->Drain();
    // A span of time: gRPC counts it from now.
    server_->Shutdown(gpr_time_from_millis(std::max<int64_t>(absl::ToInt64Milliseconds(timeout), 0),
                                           GPR_TIMESPAN));
  }

 private:
  const CallerAuthentication authentication_;
  const CallReporter reporter_;
  OverloadGate gate_;
  const std::shared_ptr<WatchStreams> watches_;
  const RpcParts rpc_parts_;
  const std::unique_ptr<grpc::Service> token_service_;
  const std::unique_ptr<grpc::Service> login_service_;
  HealthService health_;
  UnknownMethods unknown_methods_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const config::v1::Grpc& config,
                                                              const std::string& base_dir,
                                                              GrpcServerParts parts) {
  PrepareGrpc();
  absl::StatusOr<ListenAddress> address = ListenAddress::Parse(
      config.listen().empty() ? absl::string_view(kDefaultListen) : config.listen());
  if (!address.ok()) return address.status();
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> credentials =
      MakeCredentials(config, base_dir, *address);
  if (!credentials.ok()) return credentials.status();
  auto impl = std::make_unique<Impl>(config, parts);
  const absl::Status listening =
      impl->Listen(config, *address, parts.in_flight_requests, *std::move(credentials));
  if (!listening.ok()) return listening;
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GrpcServer::~GrpcServer() = default;

int GrpcServer::port() const { return impl_->port(); }
void GrpcServer::SetReady(bool ready) { impl_->SetReady(ready); }
void GrpcServer::Drain(absl::Duration timeout) { impl_->Drain(timeout); }

}  // namespace evertoken
