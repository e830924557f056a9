#ifndef EVERTOKEN_SERVER_RPC_CALLER_AUTHENTICATION_H_
#define EVERTOKEN_SERVER_RPC_CALLER_AUTHENTICATION_H_

#include "absl/status/statusor.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/broker/app_registry.h"

namespace grpc {
class AuthContext;
class CallbackServerContext;
}  // namespace grpc

namespace evertoken {

// Finds out which app calls: by `authorization: Basic`, or, where client certificates are verified,
// by a DNS or URI name of the certificate. Metadata wins over the certificate. Thread-safe; runs
// for every request.
//
// Missing, malformed and wrong credentials get the same CALLER_UNKNOWN, so that the answer tells
// nothing.
class CallerAuthentication {
 public:
  // `apps` must outlive the object.
  CallerAuthentication(const AppRegistry* apps, bool client_certificates)
      : apps_(apps), client_certificates_(client_certificates) {}

  absl::StatusOr<const config::v1::App*> Authenticate(
      const grpc::CallbackServerContext& context) const;

 private:
  // Null when the names stand for no app, or for several.
  const config::v1::App* AppOfCertificate(const grpc::AuthContext& peer) const;

  const AppRegistry* const apps_;
  const bool client_certificates_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_CALLER_AUTHENTICATION_H_
