#include "server/rpc/token_service.h"

#include "evertoken/v1/token_service.grpc.pb.h"
#include "server/rpc/arena_messages.h"
#include "server/rpc/broker_methods.h"
#include "server/rpc/unary_handler.h"
#include "server/rpc/watch_handler.h"

namespace evertoken {
namespace {

// A retry of the same request token goes where the first try went.
BrokerPool::Seat SeatOfExchange(const BrokerPool& brokers,
                                const v1::ExchangeTokenRequest& request) {
  return request.has_request_token() ? brokers.ForToken(request.request_token()) : brokers.Any();
}

class TokenService final : public v1::TokenService::CallbackService {
 public:
  explicit TokenService(const RpcParts& parts)
      : parts_(parts),
        exchange_token_(
            parts, {"ExchangeToken", nullptr, &SeatOfExchange, &AtBroker<&Broker::ExchangeToken>}),
        refresh_token_(
            parts, {"RefreshToken", nullptr, &SeatOfAccessToken, &AtBroker<&Broker::RefreshToken>}),
        get_refreshed_profile_(parts,
                               {"GetRefreshedProfile", &FromMemory<&BrokerPool::ProfileFromMemory>,
                                &SeatOfAccessToken, &AtBroker<&Broker::GetRefreshedProfile>}),
        get_provider_token_(parts,
                            {"GetProviderToken", &FromMemory<&BrokerPool::ProviderTokenFromMemory>,
                             &SeatOfAccessToken, &AtBroker<&Broker::GetProviderToken>}),
        introspect_token_(parts, {"IntrospectToken", &FromMemory<&BrokerPool::IntrospectFromMemory>,
                                  &SeatOfAccessToken, &AtBroker<&Broker::IntrospectToken>}),
        revoke_token_(
            parts, {"RevokeToken", nullptr, &SeatOfAccessToken, &AtBroker<&Broker::RevokeToken>}) {
    SetMessageAllocatorFor_GetRefreshedProfile(&profile_messages_);
  }

  grpc::ServerUnaryReactor* ExchangeToken(grpc::CallbackServerContext* context,
                                          const v1::ExchangeTokenRequest* request,
                                          v1::ExchangeTokenResponse* response) override {
    return exchange_token_.Handle(context, request, response);
  }

  grpc::ServerUnaryReactor* RefreshToken(grpc::CallbackServerContext* context,
                                         const v1::RefreshTokenRequest* request,
                                         v1::RefreshTokenResponse* response) override {
    return refresh_token_.Handle(context, request, response);
  }

  grpc::ServerUnaryReactor* GetRefreshedProfile(
      grpc::CallbackServerContext* context, const v1::GetRefreshedProfileRequest* request,
      v1::GetRefreshedProfileResponse* response) override {
    return get_refreshed_profile_.Handle(context, request, response);
  }

  grpc::ServerUnaryReactor* GetProviderToken(grpc::CallbackServerContext* context,
                                             const v1::GetProviderTokenRequest* request,
                                             v1::GetProviderTokenResponse* response) override {
    return get_provider_token_.Handle(context, request, response);
  }

  grpc::ServerUnaryReactor* IntrospectToken(grpc::CallbackServerContext* context,
                                            const v1::IntrospectTokenRequest* request,
                                            v1::IntrospectTokenResponse* response) override {
    return introspect_token_.Handle(context, request, response);
  }

  grpc::ServerUnaryReactor* RevokeToken(grpc::CallbackServerContext* context,
                                        const v1::RevokeTokenRequest* request,
                                        v1::RevokeTokenResponse* response) override {
    return revoke_token_.Handle(context, request, response);
  }

  grpc::ServerWriteReactor<v1::WatchGrantEventsResponse>* WatchGrantEvents(
      grpc::CallbackServerContext* context, const v1::WatchGrantEventsRequest* request) override {
    return HandleWatch(parts_, context, *request);
  }

 private:
  const RpcParts parts_;
  ArenaMessages<v1::GetRefreshedProfileRequest, v1::GetRefreshedProfileResponse> profile_messages_;
  const UnaryHandler<v1::ExchangeTokenRequest, v1::ExchangeTokenResponse> exchange_token_;
  const UnaryHandler<v1::RefreshTokenRequest, v1::RefreshTokenResponse> refresh_token_;
  const UnaryHandler<v1::GetRefreshedProfileRequest, v1::GetRefreshedProfileResponse>
      get_refreshed_profile_;
  const UnaryHandler<v1::GetProviderTokenRequest, v1::GetProviderTokenResponse> get_provider_token_;
  const UnaryHandler<v1::IntrospectTokenRequest, v1::IntrospectTokenResponse> introspect_token_;
  const UnaryHandler<v1::RevokeTokenRequest, v1::RevokeTokenResponse> revoke_token_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeTokenService(const RpcParts& parts) {
  return std::make_unique<TokenService>(parts);
}

}  // namespace evertoken
