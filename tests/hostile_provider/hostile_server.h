#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_HOSTILE_SERVER_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_HOSTILE_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/hostile_provider/id_token_keys.h"

namespace evertoken::hostile {

struct HostileServerOptions {
  int port = 0;  // 0: a free one
  std::string client_id = "evertoken";
  std::string client_secret = "hostile";
  uint64_t seed = 1;
  IdTokenKeys::Algorithm algorithm = IdTokenKeys::Algorithm::kRs256;
};

// A HostileProvider on http://127.0.0.1 in real time, with a thread of its own; directed by the paths below /admin/. Thread-safe.
class HostileServer {
 public:
  // FAILED_PRECONDITION, naming the address, when it cannot be bound.
  static absl::StatusOr<std::unique_ptr<HostileServer>> Start(const HostileServerOptions& options);
  ~HostileServer();  // closes everything

  int port() const;
  const std::string& issuer() const;  // http://127.0.0.1:PORT

 private:
  class Impl;
  explicit HostileServer(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_HOSTILE_SERVER_H_
