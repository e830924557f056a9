// The demo provider as a program, for playing with it by hand: bazel run
// //tests/demo:demo_provider_main -- --port=9080

#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "tests/demo/demo_provider.h"

ABSL_FLAG(uint16_t, port, 0, "port on 127.0.0.1; 0: a free one");
ABSL_FLAG(std::string, client_id, "evertoken-demo", "id of the one registered client");
ABSL_FLAG(std::string, client_secret, "", "its secret; empty: made at start and printed");
ABSL_FLAG(std::vector<std::string>, redirect_uris, {}, "its redirect URIs, compared exactly");
ABSL_FLAG(absl::Duration, access_token_ttl, absl::Minutes(1), "life of access tokens");
ABSL_FLAG(absl::Duration, token_delay, absl::ZeroDuration(),
          "between a token request and its answer");
ABSL_FLAG(bool, rotate, true,
          "replace refresh tokens when they are used, and end a grant whose token comes twice");

namespace evertoken::demo {
namespace {

int Run() {
  // Blocked before any thread starts, so that all of them leave the signals to sigwait below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  DemoProviderOptions options;
  options.port = absl::GetFlag(FLAGS_port);
  options.client_id = absl::GetFlag(FLAGS_client_id);
  options.client_secret = absl::GetFlag(FLAGS_client_secret);
  options.access_token_ttl = absl::GetFlag(FLAGS_access_token_ttl);
  options.token_delay = absl::GetFlag(FLAGS_token_delay);
  options.rotate = absl::GetFlag(FLAGS_rotate);
  const auto provider = DemoProvider::Start(options);
  if (!provider.ok()) {
    absl::FPrintF(stderr, "demo_provider: %s\n", provider.status().message());
    return 1;
  }
  for (const std::string& uri : absl::GetFlag(FLAGS_redirect_uris))
    (*provider)->AllowRedirectUri(uri);
  absl::PrintF(
      "issuer        %s\nclient id     %s\nclient secret %s\ndiscovery     "
      "%s/.well-known/openid-configuration\n",
      (*provider)->issuer(), (*provider)->client_id(), (*provider)->client_secret(),
      (*provider)->issuer());
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  return 0;
}

}  // namespace
}  // namespace evertoken::demo

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("A small OpenID provider on loopback, for demos and tests.");
  absl::ParseCommandLine(argc, argv);
  return evertoken::demo::Run();
}
