#ifndef EVERTOKEN_SERVER_RPC_STATUS_CONVERSION_H_
#define EVERTOKEN_SERVER_RPC_STATUS_CONVERSION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/base/request_context.h"

namespace grpc {
class Status;
}  // namespace grpc

namespace evertoken {

// A status that may be told to the caller: one with an ErrorReason (or OK) stays as it is. Anything
// else is a fault of ours, whose text was not written for callers: it is logged in full at error
// level and becomes INTERNAL with a neutral message.
absl::Status FitForCaller(absl::Status status, const RequestContext& context);

// What goes over the wire for a status that is fit for the caller: `google.rpc.Status` details with
// exactly one ErrorInfo (metadata: the status's own, and request_id), RetryInfo (always with
// UNAVAILABLE and RESOURCE_EXHAUSTED) and BadRequest. Kept below what clients accept as trailing
// metadata (8 KiB): a message is cut, and bad fields beyond that size are left out.
grpc::Status ToGrpcStatus(const absl::Status& status, absl::string_view request_id);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_STATUS_CONVERSION_H_
