// What `make run` runs: a server on the embedded store, a demo identity provider, the whole flow
// once, and then both stay up.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/demo/demo_flow.h"
#include "tests/demo/demo_provider.h"
#include "tests/demo/form.h"
#include "tests/demo/server_process.h"

ABSL_FLAG(bool, once, false,
          "end after the flow; the exit status tells whether every step succeeded");
ABSL_FLAG(std::string, server, "bazel-bin/server/evertoken", "the server's program");
ABSL_FLAG(std::string, state_dir, ".run/demo",
          "folder for configuration, keys, data and log; emptied at start");

namespace evertoken::demo {
namespace {

// Used when they are free, so that addresses stay the same from run to run.
constexpr int kGrpcPort = 8443;
constexpr int kWebPort = 8080;
constexpr int kProviderPort = 9080;

// `port` when nobody listens there, else 0, which stands for a free one.
int IfFree(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return free ? port : 0;
}

// Held until the process ends, however it does. In the folder above, because the folder itself is emptied.
absl::Status LockStateDir(const std::string& path) {
  const std::string lock = absl::StrCat(absl::StripSuffix(path, "/"), ".lock");
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(lock).parent_path(), error);
  const int fd = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return absl::FailedPreconditionError(absl::StrCat("cannot write ", lock));
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  close(fd);
  return absl::FailedPreconditionError(
      absl::StrCat("another demo runs in ", path, "; end it first, or choose another --state_dir"));
}

// Empties only a folder that is ours by its marker, or that is not there yet.
absl::Status PrepareStateDir(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path marker = fs::path(path) / "made-by-evertoken-demo";
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_empty(path, error) && !fs::exists(marker, error)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " holds other things; choose another --state_dir"));
  }
  fs::remove_all(path, error);
  fs::create_directories(marker, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  return error ? absl::FailedPreconditionError(
                     absl::StrCat("cannot write ", path, ": ", error.message()))
               : absl::OkStatus();
}

// Whether the text can stand in a command line for people to copy: request tokens are base64url.
bool IsPlain(const std::string& text) {
  return text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
         std::string::npos;
}

// The page of the demo app, to which the browser returns.
std::string AppPage(const DemoTarget& target, const Form& query) {
  const std::string request_token = ValueOf(query, "request_token");
  if (request_token.empty() || !IsPlain(request_token)) {
    return absl::StrCat("<p>No request token came with the browser. Error: <code>",
                        EscapeHtml(ValueOf(query, "error")), "</code></p><p><a href=\"",
                        EscapeHtml(target.web_address), "/\">Sign in again</a></p>");
  }
  const std::string line = GrpcurlLine(
      target, "ExchangeToken", absl::StrCat("{\"requestToken\":", JsonString(request_token), "}"));
  return absl::StrCat(
      "<p>The browser brought the app a request token, good for one exchange within 15 "
      "minutes:</p><pre>",
      EscapeHtml(request_token), "</pre><p>Any service of the app can exchange it now:</p><pre>",
      EscapeHtml(line), "</pre>");
}

// Until Ctrl-C, SIGTERM, or the end of the server.
int KeepServing(const sigset_t& signals, ChildProcess* server) {
  while (server->IsRunning()) {
    const timespec second = {1, 0};
    if (sigtimedwait(&signals, nullptr, &second) > 0) return 0;
  }
  std::cerr << "\nThe server has ended. It said:\n" << server->StderrTail();
  return 1;
}

int Fail(const absl::Status& status) {
  std::cerr << "\nFAILED: " << std::string(status.message()) << "\n";
  return 1;
}

int Run() {
  // Blocked before any thread starts, so that they wait for KeepServing; the server gets its own
  // clean mask.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  ServerOptions options;
  options.binary = absl::GetFlag(FLAGS_server);
  options.directory = absl::GetFlag(FLAGS_state_dir);
  if (const absl::Status locked = LockStateDir(options.directory); !locked.ok())
    return Fail(locked);
  if (const absl::Status prepared = PrepareStateDir(options.directory); !prepared.ok())
    return Fail(prepared);

  DemoProviderOptions provider_options;
  provider_options.port = IfFree(kProviderPort);
  const absl::StatusOr<std::unique_ptr<DemoProvider>> provider =
      DemoProvider::Start(provider_options);
  if (!provider.ok()) return Fail(provider.status());

  options.app_redirect_uri = absl::StrCat((*provider)->issuer(), "/app");
  options.more = "outbound: {allow_insecure_loopback: true}";
  options.grpc_port = IfFree(kGrpcPort);
  options.web_port = IfFree(kWebPort);
  const absl::StatusOr<std::unique_ptr<ServerProcess>> server =
      ServerProcess::Start(options, provider->get());
  if (!server.ok()) return Fail(server.status());

  DemoTarget target;
  target.web_address = absl::StrCat("http://localhost:", (*server)->web_port());
  target.grpc_address = absl::StrCat("localhost:", (*server)->grpc_port());
  target.authorization = (*server)->BasicAuthorization();
  target.app_redirect_uri = options.app_redirect_uri;
  (*provider)->AddPage("/app", "Back at the demo app",
                       [target](const Form& query) { return AppPage(target, query); });

  std::cout << "Server          " << target.web_address << " (web), " << target.grpc_address
            << " (gRPC)\nProvider        " << (*provider)->issuer() << "\nConfiguration   "
            << options.directory << "/config.yaml\nServer's log    " << options.directory
            << "/server.log\n";
  const absl::Status flow = RunDemoFlow(target, &std::cout);
  if (!flow.ok()) {
    std::cerr << "\nThe server said:\n" << (*server)->process().StderrTail();
    return Fail(flow);
  }
  std::cout << "\nEvery step succeeded.\n" << std::flush;
  if (absl::GetFlag(FLAGS_once)) return 0;
  std::cout << "\nThe server keeps running. Sign in yourself: " << target.web_address
            << "/\n\nFor the lines of README, in another shell:\n\n  export EVERTOKEN="
            << target.grpc_address << " APP_KEY=" << (*server)->app_key()
            << " APP_SECRET=" << (*server)->app_secret() << "\n\nCtrl-C ends it.\n"
            << std::flush;
  return KeepServing(signals, &(*server)->process());
}

}  // namespace
}  // namespace evertoken::demo

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Runs Evertoken with a demo identity provider and drives the whole flow once.");
  absl::ParseCommandLine(argc, argv);
  return evertoken::demo::Run();
}
