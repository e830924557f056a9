#ifndef EVERTOKEN_TESTS_DEMO_SERVER_PROCESS_H_
#define EVERTOKEN_TESTS_DEMO_SERVER_PROCESS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/demo/child_process.h"
#include "tests/demo/demo_provider.h"

namespace evertoken::demo {

class ServerProcess;

struct ServerOptions {
  std::string binary = "bazel-bin/server/evertoken";
  std::string directory;  // for configuration, keys, data and log; must exist
  std::string store =
      "sqlite: {path: evertoken.db}";  // the text below `store:` in the configuration
  std::string more;                    // further lines at the top level of the configuration
  std::string app_redirect_uri;        // of the app `demo`
  int grpc_port = 0;                   // 0: a free one
  int web_port = 0;
  // Whose key ring and app secret it shares, so that the two can be replicas on one store; null: its own.
  const ServerProcess* sibling = nullptr;
};

// A running server, configured for one app, `demo`, and one provider, `demo`, which is a
// DemoProvider. Its key ring and the app's secret are made at start, unless a sibling has them.
class ServerProcess {
 public:
  // Returns when the server is ready. Registers the server's callback at `provider`.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const ServerOptions& options,
                                                              DemoProvider* provider);

  int grpc_port() const { return grpc_port_; }
  int web_port() const { return web_port_; }
  static std::string app_key();
  const std::string& app_secret() const { return app_secret_; }
  // The value of the metadata entry `authorization` for the app `demo`.
  std::string BasicAuthorization() const;

  ChildProcess& process() { return *process_; }

 private:
  ServerProcess() = default;

  // Makes what a sibling would share.
  absl::Status MakeSecrets();

  std::string app_secret_;
  std::string app_secret_hash_;
  std::string key_ring_yaml_;
  std::unique_ptr<ChildProcess> process_;
  int grpc_port_ = 0;
  int web_port_ = 0;
};

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_SERVER_PROCESS_H_
