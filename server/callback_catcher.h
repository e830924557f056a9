#ifndef EVERTOKEN_SERVER_CALLBACK_CATCHER_H_
#define EVERTOKEN_SERVER_CALLBACK_CATCHER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evertoken {

// Waits on loopback for the one request with which a browser comes back from a provider, for a login from a terminal.
class CallbackCatcher {
 public:
  // `port` 0: a free one. FAILED_PRECONDITION when it cannot be had.
  static absl::StatusOr<std::unique_ptr<CallbackCatcher>> Listen(int port);
  ~CallbackCatcher();
  CallbackCatcher(const CallbackCatcher&) = delete;
  CallbackCatcher& operator=(const CallbackCatcher&) = delete;

  int port() const { return port_; }

  // The parameters of the first request for /callback, from its query or its form. Others are answered with 404. DEADLINE_EXCEEDED when
  // none came within `patience`.
  absl::StatusOr<std::string> Await(absl::Duration patience);

 private:
  CallbackCatcher(int socket, int port) : socket_(socket), port_(port) {}

  const int socket_;
  const int port_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CALLBACK_CATCHER_H_
