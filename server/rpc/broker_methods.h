#ifndef EVERTOKEN_SERVER_RPC_BROKER_METHODS_H_
#define EVERTOKEN_SERVER_RPC_BROKER_METHODS_H_

#include <utility>

#include "server/rpc/unary_handler.h"

// Members of Broker and BrokerPool in the form that UnaryMethod takes. Included by the services'
// .cc files only.
namespace evertoken {

template <auto kRead, typename Request, typename Response>
bool FromMemory(const RpcParts& parts, const config::v1::App& app, const Request& request,
                Response* response) {
  return (parts.brokers->*kRead)(app, request, response);
}

template <typename Request>
BrokerPool::Seat SeatOfAccessToken(const BrokerPool& brokers, const Request& request) {
  return brokers.ForToken(request.access_token());
}

template <auto kUseCase, typename Request, typename Response>
Task<absl::StatusOr<Response>> AtBroker(Broker* broker, Caller caller, Request request) {
  return (broker->*kUseCase)(std::move(caller), std::move(request));
}

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_BROKER_METHODS_H_
