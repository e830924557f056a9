#ifndef EVERTOKEN_SERVER_RPC_CALL_METADATA_H_
#define EVERTOKEN_SERVER_RPC_CALL_METADATA_H_

#include "absl/strings/string_view.h"
#include "server/base/request_context.h"

namespace grpc {
class CallbackServerContext;
}  // namespace grpc

namespace evertoken {

// How often an entry of the caller's metadata came, and its value. `value` lives as long as the
// call.
struct MetadataEntry {
  int count = 0;
  absl::string_view value;  // the first one; empty when there is none
};

// `name` in lower case.
MetadataEntry FindMetadata(const grpc::CallbackServerContext& context, absl::string_view name);

// From `x-request-id` and `traceparent`.
RequestContext RequestContextOf(const grpc::CallbackServerContext& context);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_CALL_METADATA_H_
