#ifndef EVERTOKEN_SERVER_RPC_GRPC_LOG_H_
#define EVERTOKEN_SERVER_RPC_GRPC_LOG_H_

namespace evertoken {

// Sends what gRPC's library logs through our log, so that standard error stays one JSON object a
// line. Only its errors: at other levels it may print metadata. Process-wide; any number of calls,
// from any thread.
void SendGrpcLogToOurs();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_GRPC_LOG_H_
