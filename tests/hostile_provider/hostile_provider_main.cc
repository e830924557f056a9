// The hostile provider as a program.

#include <csignal>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/json_text.h"
#include "server/commands/arguments.h"
#include "tests/hostile_provider/hostile_server.h"

namespace evertoken::hostile {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kMisused = 2;

constexpr char kHelp[] =
    R"(hostile_provider: an OpenID provider that misbehaves when told to, for tests.

It serves http://127.0.0.1:PORT with discovery, login, tokens, userinfo and revocation, and does nothing wrong by itself. A test
tells it over HTTP what is to go wrong: replies lost after the token was spent, throttling, broken bodies, revoked permissions,
rotated keys. It counts how often every token was presented. Nothing is kept on disk, and nobody but this machine can reach it.

Try it:
  $ hostile_provider --port 9090 &
  {"port":9090,"issuer":"http://127.0.0.1:9090","client_id":"evertoken","client_secret":"hostile"}
  $ curl -d '{}' http://127.0.0.1:9090/admin/families
  {"family":1,"access_token":"hostile-access-1-1","refresh_token":"hostile-refresh-1-2"}
  $ curl -d '{"fault":"reply_lost"}' http://127.0.0.1:9090/admin/troubles
  {"queued":1}
  $ curl -u evertoken:hostile -d grant_type=refresh_token -d refresh_token=hostile-refresh-1-2 http://127.0.0.1:9090/token
  curl: (52) Empty reply from server
  $ curl 'http://127.0.0.1:9090/admin/presentations?token=hostile-refresh-1-2'

The first line it prints is JSON, so that a test can start it and read the port. It ends at SIGTERM, at Ctrl-C, and by itself
after --max-seconds, so that nothing stays behind when a test dies. README.md beside its source lists all troubles and rules.

Flags:
)";

std::vector<Flag> Flags() {
  return {{.name = "port", .value = "N", .help = "Port on 127.0.0.1. Default: a free one."},
          {.name = "client-id", .value = "ID", .help = "The one client. Default: evertoken."},
          {.name = "client-secret", .value = "TEXT", .help = "Its secret. Default: hostile."},
          {.name = "seed", .value = "N", .help = "Of troubles that come by chance. Default: 1."},
          {.name = "algorithm",
           .value = "NAME",
           .help = "RS256 or ES256, for ID tokens. Default: RS256."},
          {.name = "max-seconds",
           .value = "N",
           .help = "Ends by itself after so long, 1 to 86400. Default: 3600."},
          {.name = "help", .value = "", .help = "Prints this."}};
}

void PrintHelp() {
  std::cout << kHelp;
  for (const Flag& flag : Flags()) {
    const std::string name =
        absl::StrCat("--", flag.name, flag.value.empty() ? "" : " ", flag.value);
    std::cout << "  " << name << std::string(22 - name.size(), ' ') << flag.help << "\n";
  }
}

// The flag's number, or `otherwise`; nullopt, with a complaint, when it is not one of `least` to `most`.
std::optional<uint64_t> NumberOf(const Arguments& arguments, const std::string& name,
                                 uint64_t otherwise, uint64_t least, uint64_t most) {
  if (!arguments.Has(name)) return otherwise;
  uint64_t number = 0;
  if (absl::SimpleAtoi(arguments.Get(name), &number) && number >= least && number <= most)
    return number;
  std::cerr << "hostile_provider: --" << name << " must be a number from " << least << " to "
            << most << "\n";
  return std::nullopt;
}

std::optional<IdTokenKeys::Algorithm> AlgorithmOf(const Arguments& arguments) {
  const std::string name = arguments.Get("algorithm", "RS256");
  if (name == "RS256") return IdTokenKeys::Algorithm::kRs256;
  if (name == "ES256") return IdTokenKeys::Algorithm::kEs256;
  std::cerr << "hostile_provider: --algorithm must be RS256 or ES256\n";
  return std::nullopt;
}

int Serve(const HostileServerOptions& options, uint64_t max_seconds) {
  // Blocked before any thread starts, so that all of them leave the signals to the wait below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const auto server = HostileServer::Start(options);
  if (!server.ok()) {
    std::cerr << "hostile_provider: " << server.status().message() << "\n";
    return kFailed;
  }
  std::cout << "{\"port\":" << (*server)->port() << ",\"issuer\":\"" << (*server)->issuer()
            << "\",\"client_id\":" << JsonQuote(options.client_id)
            << ",\"client_secret\":" << JsonQuote(options.client_secret) << "}" << std::endl;
  const timespec patience = {static_cast<time_t>(max_seconds), 0};
  sigtimedwait(&signals, nullptr, &patience);
  return kDone;
}

int Run(const std::vector<std::string>& words) {
  const absl::StatusOr<Arguments> arguments = Arguments::Parse(Flags(), words);
  if (!arguments.ok()) {
    std::cerr << "hostile_provider: " << arguments.status().message()
              << "\nhostile_provider --help tells more.\n";
    return kMisused;
  }
  if (arguments->Has("help")) {
    PrintHelp();
    return kDone;
  }
  const std::optional<uint64_t> port = NumberOf(*arguments, "port", 0, 0, 65535);
  const std::optional<uint64_t> seed = NumberOf(*arguments, "seed", 1, 0, UINT64_MAX);
  const std::optional<uint64_t> seconds = NumberOf(*arguments, "max-seconds", 3600, 1, 86400);
  const std::optional<IdTokenKeys::Algorithm> algorithm = AlgorithmOf(*arguments);
  if (!port.has_value() || !seed.has_value() || !seconds.has_value() || !algorithm.has_value())
    return kMisused;
  HostileServerOptions options;
  options.port = static_cast<int>(*port);
  options.client_id = arguments->Get("client-id", options.client_id);
  options.client_secret = arguments->Get("client-secret", options.client_secret);
  options.seed = *seed;
  options.algorithm = *algorithm;
  return Serve(options, *seconds);
}

}  // namespace
}  // namespace evertoken::hostile

int main(int argc, char** argv) {
  return evertoken::hostile::Run(std::vector<std::string>(argv + 1, argv + argc));
}
