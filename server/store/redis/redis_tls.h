#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_TLS_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_TLS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

struct ssl_ctx_st;
struct ssl_st;

namespace evertoken {

// The client's side of TLS 1.2 or newer: the server's certificate must be signed by a trusted authority and bear the expected
// name. Immutable and thread-safe.
class RedisTls {
 public:
  struct Files {
    std::string ca;           // PEM; empty: the system's authorities
    std::string certificate;  // PEM; empty: no client certificate
    std::string private_key;  // PEM; set exactly when `certificate` is
  };

  // `server_name` is a DNS name or an IP address. INVALID_ARGUMENT when a file cannot be used, naming the file.
  static absl::StatusOr<std::shared_ptr<const RedisTls>> New(const Files& files,
                                                             const std::string& server_name);
  ~RedisTls();
  RedisTls(const RedisTls&) = delete;
  RedisTls& operator=(const RedisTls&) = delete;

  // A session to connect with; the caller frees it. Null when there is no memory.
  ssl_st* NewSession() const;

 private:
  RedisTls(ssl_ctx_st* context, std::string server_name);

  ssl_ctx_st* const context_;
  const std::string server_name_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_TLS_H_
