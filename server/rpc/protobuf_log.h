#ifndef EVERTOKEN_SERVER_RPC_PROTOBUF_LOG_H_
#define EVERTOKEN_SERVER_RPC_PROTOBUF_LOG_H_

namespace evertoken {

// Sends what protobuf's library logs through our log, so that standard error stays one JSON object a
// line: event `protobuf`, with the place in the library that speaks. Its text is left out: it may
// quote the message at hand. Process-wide; any number of calls, from any thread.
void SendProtobufLogToOurs();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_PROTOBUF_LOG_H_
