#include "server/rpc/grpc_log.h"

#include "grpc/support/log.h"
#include "server/base/log.h"

namespace evertoken {
namespace {

void ToOurLog(gpr_log_func_args* args) {
  if (args->severity != GPR_LOG_SEVERITY_ERROR) return;
  // A warning for us: a peer's broken handshake is an error to gRPC, and none of the server's.
  Log(LogLevel::kWarn, "grpc_library", {{"message", args->message}});
}

}  // namespace

void SendGrpcLogToOurs() {
  [[maybe_unused]] static const bool once = [] {
    gpr_set_log_function(&ToOurLog);
    return true;
  }();
}

}  // namespace evertoken
