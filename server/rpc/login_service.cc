#include "server/rpc/login_service.h"

#include "absl/strings/str_cat.h"
#include "evertoken/v1/login_service.grpc.pb.h"
#include "server/rpc/broker_methods.h"
#include "server/rpc/unary_handler.h"

namespace evertoken {
namespace {

using Listed = v1::ListProvidersResponse::Provider;

Listed::LifecycleState StateOf(const config::v1::Provider::Lifecycle& lifecycle) {
  switch (lifecycle.state()) {
    case config::v1::Provider::Lifecycle::STATE_DEPRECATED:
      return Listed::LIFECYCLE_STATE_DEPRECATED;
    case config::v1::Provider::Lifecycle::STATE_END_OF_LIFE:
      return Listed::LIFECYCLE_STATE_END_OF_LIFE;
    default:
      return Listed::LIFECYCLE_STATE_ACTIVE;
  }
}

bool FillProviders(const RpcParts& parts, const config::v1::App& app,
                   const v1::ListProvidersRequest&, v1::ListProvidersResponse* response) {
  for (const ProviderBinding& binding : parts.apps->BindingsOf(app)) {
    Listed* provider = response->add_providers();
    provider->set_id(binding.provider);
    provider->set_display_name(binding.entry->display_name());
    *provider->mutable_default_scopes() = binding.client->scopes().empty()
                                              ? binding.entry->authorization().scopes()
                                              : binding.client->scopes();
    provider->set_login_path(absl::StrCat("/login/", binding.provider));
    provider->set_lifecycle_state(StateOf(binding.entry->lifecycle()));
    provider->set_end_date(binding.entry->lifecycle().end_date());
  }
  return true;
}

BrokerPool::Seat AnySeat(const BrokerPool& brokers, const v1::StartLoginRequest&) {
  return brokers.Any();
}

BrokerPool::Seat SeatOfState(const BrokerPool& brokers, const v1::CompleteLoginRequest& request) {
  return brokers.ForToken(request.state());
}

class LoginService final : public v1::LoginService::CallbackService {
 public:
  explicit LoginService(const RpcParts& parts)
      : list_providers_(parts, {"ListProviders", &FillProviders}),
        start_login_(parts, {"StartLogin", nullptr, &AnySeat, &AtBroker<&Broker::StartLogin>}),
        complete_login_(
            parts, {"CompleteLogin", nullptr, &SeatOfState, &AtBroker<&Broker::CompleteLogin>}) {}

  grpc::ServerUnaryReactor* ListProviders(grpc::CallbackServerContext* context,
                                          const v1::ListProvidersRequest* request,
                                          v1::ListProvidersResponse* response) override {
    return list_providers_.Handle(context, request, response);
  }

  grpc::ServerUnaryReactor* StartLogin(grpc::CallbackServerContext* context,
                                       const v1::StartLoginRequest* request,
                                       v1::StartLoginResponse* response) override {
    return start_login_.Handle(context, request, response);
  }

  grpc::ServerUnaryReactor* CompleteLogin(grpc::CallbackServerContext* context,
                                          const v1::CompleteLoginRequest* request,
                                          v1::CompleteLoginResponse* response) override {
    return complete_login_.Handle(context, request, response);
  }

 private:
  const UnaryHandler<v1::ListProvidersRequest, v1::ListProvidersResponse> list_providers_;
  const UnaryHandler<v1::StartLoginRequest, v1::StartLoginResponse> start_login_;
  const UnaryHandler<v1::CompleteLoginRequest, v1::CompleteLoginResponse> complete_login_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeLoginService(const RpcParts& parts) {
  return std::make_unique<LoginService>(parts);
}

}  // namespace evertoken
