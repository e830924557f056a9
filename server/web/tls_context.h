#ifndef EVERTOKEN_SERVER_WEB_TLS_CONTEXT_H_
#define EVERTOKEN_SERVER_WEB_TLS_CONTEXT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "evertoken/config/v1/server_config.pb.h"

namespace boost::asio::ssl {
class context;
}  // namespace boost::asio::ssl

namespace evertoken {

// A certificate and how it is presented: TLS 1.2 or newer. Immutable and thread-safe.
class TlsContext {
 public:
  // Relative paths count from `base_dir`. INVALID_ARGUMENT, naming the file, when one cannot be read or does not fit the other.
  static absl::StatusOr<std::shared_ptr<TlsContext>> Load(const config::v1::Tls& config,
                                                          const std::string& base_dir);
  ~TlsContext();

  // Taken by streams, which do not change it.
  boost::asio::ssl::context& native();

 private:
  TlsContext();

  const std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_TLS_CONTEXT_H_
