#ifndef EVERTOKEN_SERVER_RPC_UNKNOWN_METHODS_H_
#define EVERTOKEN_SERVER_RPC_UNKNOWN_METHODS_H_

#include <grpcpp/generic/async_generic_service.h>

#include "server/rpc/call_reporter.h"

namespace evertoken {

// Answers calls of methods that the server does not have: NOT_SERVED, whose caller may speak a newer version of the API. Thread-safe.
class UnknownMethods final : public grpc::CallbackGenericService {
 public:
  // `reporter` must outlive the object.
  explicit UnknownMethods(const CallReporter* reporter) : reporter_(reporter) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  const CallReporter* const reporter_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_UNKNOWN_METHODS_H_
