#include "server/commands/hash_secret_command.h"

#include <istream>
#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include "server/base/ids.h"
#include "server/base/secret.h"
#include "server/commands/secret_strength.h"
#include "server/config/config_sources.h"
#include "server/config/key_ring_file.h"
#include "server/config/rule_reporter.h"
#include "server/store/key_ring.h"

namespace evertoken {
namespace {

absl::StatusOr<std::unique_ptr<KeyRing>> LoadKeyRing(const std::string& path) {
  std::vector<ConfigProblem> problems;
  config::v1::KeyRing ring = LoadKeyRingFile(path, &problems);
  if (!problems.empty()) return ProblemsToStatus(std::move(problems));
  absl::StatusOr<std::unique_ptr<KeyRing>> keys = KeyRing::New(ring);
  for (config::v1::KeyRing::Key& key : *ring.mutable_keys()) WipeString(key.mutable_secret());
  return keys;
}

// The first line; a longer one than any secret is cut, and refused for its length.
Secret ReadSecret(std::istream* in) {
  std::string line;
  for (char c; line.size() <= kLongestSecret && in->get(c) && c != '\n';) line.push_back(c);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return Secret(std::move(line));
}

absl::Status CheckAppKey(const std::string& app) {
  std::vector<ConfigProblem> problems;
  const ConfigSources sources = {.file = "--app", .lines = {}, .overrides = {}};
  RuleReporter(&sources, &problems).IsName("", app, 64, "._-");
  return ProblemsToStatus(problems);
}

int Fail(CommandIo* io, const absl::Status& status, int code) {
  *io->err << "evertoken apps hash-secret: " << std::string(status.message()) << "\n";
  return code;
}

int Run(const Arguments& arguments, CommandIo* io) {
  const std::string app = arguments.Get("app");
  const absl::Status app_status = CheckAppKey(app);
  if (!app_status.ok()) return Fail(io, app_status, kExitMisused);
  const absl::StatusOr<std::unique_ptr<KeyRing>> keys = LoadKeyRing(arguments.Get("key-ring"));
  if (!keys.ok()) return Fail(io, keys.status(), kExitFailed);
  const bool existing = arguments.Has("stdin");
  const Secret secret = existing ? ReadSecret(io->in) : Secret(RandomToken(32));
  const absl::Status strength = CheckSecretStrength(secret);
  if (!strength.ok()) return Fail(io, strength, kExitFailed);
  if (!existing) {
    *io->out << "secret: " << secret.Reveal() << "\n";
    *io->err << "The secret is shown this once and kept nowhere: give it to the app. The hash goes "
                "into the configuration, at\n"
                "`secret_hashes` of the app `"
             << app << "`.\n";
  }
  *io->out << "hash: " << (*keys)->HashAppSecret(app, secret.Reveal()) << "\n";
  return kExitDone;
}

}  // namespace

Command HashSecretCommand() {
  return {
      .name = "apps hash-secret",
      .summary = "Makes an app's secret, and the hash that the configuration keeps of it.",
      .description =
          "Makes a secret of 256 random bits for an app and prints it, once, with its hash. The "
          "app calls with the secret; the\n"
          "configuration holds only the hash, which is worth nothing without the key ring. Put it "
          "into `secret_hashes` of\n"
          "the app. Several hashes can stand there while a secret is being replaced. A hash "
          "belongs to one app's key.",
      .example = "evertoken apps hash-secret --key-ring keys.yaml --app my-app",
      .flags = {{"key-ring", "FILE", "The key ring of the server.", true, false},
                {"app", "KEY", "Key of the app, as in `apps[].key`.", true, false},
                {"stdin", "",
                 "Hashes a secret that the app has already, read from standard input: at least 128 "
                 "random bits.",
                 false, false}},
      .run = Run,
  };
}

}  // namespace evertoken
