#ifndef EVERTOKEN_SERVER_RPC_UNARY_HANDLER_H_
#define EVERTOKEN_SERVER_RPC_UNARY_HANDLER_H_

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/base/error.h"
#include "server/base/task.h"
#include "server/broker/broker.h"
#include "server/broker/broker_pool.h"
#include "server/rpc/call_metadata.h"
#include "server/rpc/call_reporter.h"
#include "server/rpc/caller_authentication.h"
#include "server/rpc/overload_gate.h"
#include "server/rpc/request_validator.h"
#include "server/rpc/status_conversion.h"
#include "server/rpc/waiting_caller.h"
#include "server/rpc/watch_streams.h"

// The way of every unary request: authenticate, validate, answer from memory where that is
// possible, else hand over to the broker's executor and answer from there. Included by the
// services' .cc files only.
namespace evertoken {

// What the handlers share.
struct RpcParts {
  const BrokerPool* brokers = nullptr;
  const AppRegistry* apps = nullptr;
  const CallerAuthentication* authentication = nullptr;
  const CallReporter* reporter = nullptr;
  OverloadGate* gate = nullptr;
  std::shared_ptr<WatchStreams> watches;
};

// What is special to one method.
template <typename Request, typename Response>
struct UnaryMethod {
  absl::string_view name;

  // Fills the response at once, on gRPC's thread; false: the broker must be asked. Null: it always must.
  bool (*at_once)(const RpcParts& parts, const config::v1::App& app, const Request& request,
                  Response* response) = nullptr;

  // Where the broker's work is done, and the work. Null where `at_once` always answers.
  BrokerPool::Seat (*seat)(const BrokerPool& brokers, const Request& request) = nullptr;
  Task<absl::StatusOr<Response>> (*work)(Broker* broker, Caller caller, Request request) = nullptr;
};

// A caller's reactor while the broker works.
class WaitingReactor final : public grpc::ServerUnaryReactor {
 public:
  WaitingReactor(const CallReporter* reporter, CallInfo call)
      : caller_(std::make_shared<WaitingCaller>(reporter, std::move(call), this)) {}

  const std::shared_ptr<WaitingCaller>& caller() const { return caller_; }

  void OnCancel() override { caller_->HangUp(); }
  void OnDone() override { delete this; }

 private:
  const std::shared_ptr<WaitingCaller> caller_;
};

// Does the work on the broker's executor, to its end, whether or not the caller still waits.
template <typename Request, typename Response>
Task<void> WorkForCaller(UnaryMethod<Request, Response> method, Broker* broker, Caller caller,
                         Request request, Response* response, OverloadGate::Permit permit,
                         std::shared_ptr<WaitingCaller> waiting) {
  Task<absl::StatusOr<Response>> work = method.work(broker, std::move(caller), std::move(request));
  absl::StatusOr<Response> answer = co_await std::move(work);
  // Before the answer, so that a caller who has it finds its place free.
  permit.Release();
  const absl::Status status = FitForCaller(answer.status(), waiting->call().context);
  if (!waiting->Claim()) co_return;
  if (status.ok()) *response = *std::move(answer);
  waiting->Answer(status);
}

template <typename Request, typename Response>
class UnaryHandler {
 public:
  // All parts must outlive the handler.
  UnaryHandler(const RpcParts& parts, UnaryMethod<Request, Response> method)
      : parts_(parts), method_(method) {}

  grpc::ServerUnaryReactor* Handle(grpc::CallbackServerContext* context, const Request* received,
                                   Response* response) const {
    const absl::Time start = parts_.reporter->Now();
    const absl::StatusOr<const config::v1::App*> app =
        parts_.authentication->Authenticate(*context);
    if (!app.ok()) return Refuse(context, start, nullptr, app.status());
    Request request = *received;
    const absl::Status valid = ValidateRequest(&request);
    if (!valid.ok()) return Refuse(context, start, *app, valid);
    if (method_.at_once != nullptr && method_.at_once(parts_, **app, request, response))
      return FinishAtOnce(context, start, *app);
    return AskBroker(context, start, *app, std::move(request), response);
  }

 private:
  grpc::ServerUnaryReactor* FinishAtOnce(grpc::CallbackServerContext* context, absl::Time start,
                                         const config::v1::App* app) const {
    parts_.reporter->CountFromMemory(method_.name, start);
    if (parts_.reporter->LogsFromMemory())
      parts_.reporter->LogFromMemory(Describe(*context, start, app));
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* AskBroker(grpc::CallbackServerContext* context, absl::Time start,
                                      const config::v1::App* app, Request request,
                                      Response* response) const {
    std::optional<OverloadGate::Permit> permit = parts_.gate->TryEnter();
    if (!permit.has_value()) {
      return Refuse(
          context, start, app,
          WithRetryAfter(
              MakeError(v1::ERROR_REASON_SERVER_OVERLOADED,
                        "this server has too many requests in flight; retry later or elsewhere"),
              absl::Seconds(1)));
    }
    const BrokerPool::Seat seat = method_.seat(*parts_.brokers, request);
    CallInfo call = Describe(*context, start, app);
    Caller caller{app, call.context};
    auto* reactor = new WaitingReactor(parts_.reporter, std::move(call));
    Spawn(seat.executor, WorkForCaller(method_, seat.broker, std::move(caller), std::move(request),
                                       response, *std::move(permit), reactor->caller()));
    return reactor;
  }

  grpc::ServerUnaryReactor* Refuse(grpc::CallbackServerContext* context, absl::Time start,
                                   const config::v1::App* app, const absl::Status& error) const {
    const CallInfo call = Describe(*context, start, app);
    const absl::Status status = FitForCaller(error, call.context);
    parts_.reporter->Ended(call, status);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(status, call.context.request_id));
    return reactor;
  }

  CallInfo Describe(const grpc::CallbackServerContext& context, absl::Time start,
                    const config::v1::App* app) const {
    CallInfo call{method_.name, start, RequestContextOf(context)};
    if (app != nullptr) call.context.app = app->key();
    return call;
  }

  const RpcParts parts_;
  const UnaryMethod<Request, Response> method_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_UNARY_HANDLER_H_
