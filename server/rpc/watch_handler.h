#ifndef EVERTOKEN_SERVER_RPC_WATCH_HANDLER_H_
#define EVERTOKEN_SERVER_RPC_WATCH_HANDLER_H_

#include "evertoken/v1/token_service.pb.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"

namespace evertoken {

struct RpcParts;

// The way of WatchGrantEvents: authenticate, validate, find room, hand over to the app's loop, and stream from there, with one write
// in flight. The reader's pace is the stream's. The parts must outlive the call.
grpc::ServerWriteReactor<v1::WatchGrantEventsResponse>* HandleWatch(
    const RpcParts& parts, grpc::CallbackServerContext* context,
    const v1::WatchGrantEventsRequest& request);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_WATCH_HANDLER_H_
