#include "server/rpc/unknown_methods.h"

#include "server/base/error.h"
#include "server/rpc/call_metadata.h"
#include "server/rpc/status_conversion.h"

namespace evertoken {
namespace {

class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerGenericBidiReactor* UnknownMethods::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  // Not by the name that the caller chose: each would be a series of its own in the metrics.
  const CallInfo call{"unknown", reporter_->Now(), RequestContextOf(*context)};
  const absl::Status refusal =
      MakeError(v1::ERROR_REASON_NOT_SERVED,
                "this server has no such method; `list` and `describe` of server reflection show "
                "what it has, and a newer server may have more");
  reporter_->Ended(call, refusal);
  return new Refusal(ToGrpcStatus(refusal, call.context.request_id));
}

}  // namespace evertoken
