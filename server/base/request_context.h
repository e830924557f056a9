#ifndef EVERTOKEN_SERVER_BASE_REQUEST_CONTEXT_H_
#define EVERTOKEN_SERVER_BASE_REQUEST_CONTEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace evertoken {

// Who a log line belongs to. Both ids go out with every line of a request.
struct RequestContext {
  std::string request_id;  // ours, or the caller's x-request-id
  std::string trace_id;    // 32 hex of a W3C traceparent; empty: none
  std::string app;         // app key; empty before authentication
};

// The context of a request that came with these headers; empty stands for a missing one. A request id that is not 1 to 64 of
// [A-Za-z0-9._-] is replaced by a random one, a malformed traceparent is ignored.
RequestContext MakeRequestContext(absl::string_view x_request_id, absl::string_view traceparent);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_REQUEST_CONTEXT_H_
