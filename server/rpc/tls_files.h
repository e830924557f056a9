#ifndef EVERTOKEN_SERVER_RPC_TLS_FILES_H_
#define EVERTOKEN_SERVER_RPC_TLS_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/secret.h"

namespace evertoken {

// What the files of a Tls configuration hold, as PEM.
struct TlsFiles {
  std::string certificate_chain;
  Secret private_key;
  std::string client_ca;  // empty: no client certificates
};

// Reads and checks the files; relative paths count from `base_dir`. INVALID_ARGUMENT, naming the
// file, when one cannot be read, is no PEM of its kind, or when the key is not the certificate's.
// Without this check gRPC would only say that it cannot listen.
absl::StatusOr<TlsFiles> ReadTlsFiles(const config::v1::Tls& config, const std::string& base_dir);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_TLS_FILES_H_
