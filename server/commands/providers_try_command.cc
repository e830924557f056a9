#include "server/commands/providers_try_command.h"

#include <termios.h>
#include <unistd.h>

#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/callback_catcher.h"
#include "server/commands/catalog_flags.h"
#include "server/login_trial.h"

namespace evertoken {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(10);
constexpr char kDefaultPort[] = "8765";
constexpr char kSecretVariable[] = "EVERTOKEN_CLIENT_SECRET";

std::string ReadLine(std::istream* in) {
  std::string line;
  std::getline(*in, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

// From the environment, else asked for; a terminal does not show what is typed.
std::string ReadSecret(CommandIo* io) {
  const auto set = io->environment.find(kSecretVariable);
  if (set != io->environment.end()) return set->second;
  *io->err << "Client secret (empty for a public client): " << std::flush;
  termios before = {};
  const bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;
  const absl::Cleanup restore = [&] {
    if (is_terminal) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  };
  if (is_terminal) {
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  std::string secret = ReadLine(io->in);
  *io->err << "\n";
  return secret;
}

int Fail(CommandIo* io, absl::string_view what, int code) {
  *io->err << "evertoken providers try: " << std::string(what) << "\n";
  return code;
}

// The query of an address that somebody copied from the browser.
absl::StatusOr<std::string> PastedCallback(CommandIo* io) {
  *io->err << "Paste the address that the browser ended at: " << std::flush;
  const std::string url = ReadLine(io->in);
  const size_t question = url.find('?');
  if (question == std::string::npos) return absl::InvalidArgumentError("it has no parameters");
  return url.substr(question + 1, url.find('#') - question - 1);
}

int Run(const Arguments& arguments, CommandIo* io) {
  LoginTrial trial;
  trial.files = CatalogsOf(arguments);
  trial.provider = arguments.Get("id");
  trial.client.set_client_id(arguments.Get("client-id"));
  for (const std::string& scope : arguments.GetAll("scope")) trial.client.add_scopes(scope);
  for (const std::string& text : arguments.GetAll("instance")) {
    const std::pair<std::string, std::string> parameter =
        absl::StrSplit(text, absl::MaxSplits('=', 1));
    (*trial.client.mutable_instance())[parameter.first] = parameter.second;
  }
  trial.revoke = arguments.Has("revoke");
  std::unique_ptr<CallbackCatcher> catcher;
  if (arguments.Has("redirect-uri")) {
    trial.redirect_uri = arguments.Get("redirect-uri");
    trial.callback = [io] { return PastedCallback(io); };
  } else {
    int port = 0;
    if (!absl::SimpleAtoi(arguments.Get("port", kDefaultPort), &port) || port < 0 || port > 65535)
      return Fail(io, "--port must be 0 to 65535", kExitMisused);
    absl::StatusOr<std::unique_ptr<CallbackCatcher>> listening = CallbackCatcher::Listen(port);
    if (!listening.ok()) return Fail(io, listening.status().message(), kExitFailed);
    catcher = *std::move(listening);
    trial.redirect_uri = absl::StrCat("http://127.0.0.1:", catcher->port(), "/callback");
    trial.callback = [&catcher] { return catcher->Await(kPatience); };
  }
  trial.client.set_client_secret(ReadSecret(io));
  *io->out << "redirect URI, to be registered at the provider: " << trial.redirect_uri << std::endl;
  const absl::Status status = TryLogin(trial, io->out);
  return status.ok() ? kExitDone : Fail(io, status.message(), kExitFailed);
}

}  // namespace

Command ProvidersTryCommand() {
  return {
      .name = "providers try",
      .summary = "Signs you in at the real provider and shows what comes of it.",
      .description =
          "Prints the provider's login page, waits on loopback for your browser to come back, and "
          "does what the server would: swaps the\n"
          "code, checks the ID token, fetches and normalizes your profile, renews. Nothing is "
          "kept. Tokens are printed as their\n"
          "first letters, replies as names and types, your profile in full. The client secret is "
          "asked for, or taken from\n"
          "EVERTOKEN_CLIENT_SECRET. Exit code 1: a step failed.",
      .example =
          "evertoken providers try oidc --client-id my-client --instance "
          "issuer=https://localhost:8443",
      .flags = {{"id", "ID", "The entry's id.", true, false, true},
                {"client-id", "ID", "The OAuth client's id.", true, false},
                {"instance", "NAME=VALUE", "An instance parameter of the entry.", false, true},
                {"scope", "SCOPE", "A scope to ask for, in place of the entry's.", false, true},
                {"port", "PORT",
                 absl::StrCat("Where the browser comes back to: http://127.0.0.1:PORT/callback. "
                              "Default: ",
                              kDefaultPort, "; 0: a free one."),
                 false, false},
                {"redirect-uri", "URI",
                 "Where the browser comes back to instead, for providers that refuse loopback; you "
                 "paste the address it ends at.",
                 false, false},
                {"revoke", "", "Ends the grant at the provider afterwards.", false, false},
                CatalogFlag(),
                InsecureLoopbackFlag()},
      .run = Run,
  };
}

}  // namespace evertoken
