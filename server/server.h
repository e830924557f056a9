#ifndef EVERTOKEN_SERVER_SERVER_H_
#define EVERTOKEN_SERVER_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/server_decorators.h"
#include "server/server_files.h"

namespace evertoken {

// A whole server in this process: the one place that knows every concrete class and in which order they live and die.
class Server {
 public:
  // Binds and serves. A store that is down is no error: the server keeps trying and is not ready until the store answers.
  // FAILED_PRECONDITION when an address cannot be bound, INVALID_ARGUMENT for settings and files that cannot work.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerFiles files,
                                                       ServerDecorators decorators = {});

  // Drains with no time to wait, if Drain was not called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int grpc_port() const;
  int web_port() const;  // 0: no web listener

  // Whether the store answers and no drain has begun: what health checks say.
  bool ready() const;

  // Reads the catalogue files now, changed or not, and takes them over if they have no problem. Returns at once. From any thread;
  // not after Drain.
  void ReloadCatalog();

  // Turns unready, takes nothing new, lets work in flight finish within `limits.drain_timeout`, and ends the threads. Once; not
  // from a thread of the server.
  void Drain();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_SERVER_H_
