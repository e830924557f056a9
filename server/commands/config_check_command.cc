#include "server/commands/config_check_command.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/server_files.h"

namespace evertoken {
namespace {

using config::v1::App;
using config::v1::ServerConfig;

std::string GrpcText(const config::v1::Grpc& grpc) {
  if (!grpc.has_tls()) return absl::StrCat(grpc.listen(), ", plaintext");
  return absl::StrCat(grpc.listen(), ", TLS",
                      grpc.tls().client_ca().empty() ? "" : " with client certificates");
}

std::string WebText(const config::v1::Web& web) {
  if (web.listen() == "off") return "off";
  return absl::StrCat(web.listen(), web.has_tls() ? ", TLS" : ", plaintext",
                      web.public_url().empty() ? "" : ", seen by browsers as ", web.public_url());
}

std::string StoreText(const config::v1::Store& store) {
  if (store.has_sqlite()) return absl::StrCat("sqlite in ", store.sqlite().path());
  if (store.has_redis())
    return absl::StrCat("redis at ", store.redis().address(),
                        store.redis().tls().enabled() ? ", TLS" : "");
  return "memory: nothing survives a restart";
}

std::string AppText(const App& app) {
  std::vector<std::string> providers;
  for (const auto& [id, client] : app.providers()) providers.push_back(id);
  std::sort(providers.begin(), providers.end());
  return absl::StrCat("app        ", app.key(), ": ", app.secret_hashes_size(), " secret(s), ",
                      app.redirect_uris_size(), " redirect URI(s), providers: ",
                      providers.empty() ? "none" : absl::StrJoin(providers, ", "));
}

void PrintSummary(const ServerFiles& files, std::ostream* out) {
  const ServerConfig& config = files.config;
  *out << "  grpc       " << GrpcText(config.grpc()) << "\n"
       << "  web        " << WebText(config.web()) << "\n"
       << "  store      " << StoreText(config.store()) << "\n"
       << "  keys       " << absl::StrJoin(files.key_ids, ", ") << "\n"
       << "  providers  " << files.catalog.catalog->Ids().size() << " known\n";
  for (const App& app : config.apps()) *out << "  " << AppText(app) << "\n";
}

int Fail(const std::string& path, const std::string& lines, CommandIo* io) {
  const auto count = std::count(lines.begin(), lines.end(), '\n') + 1;
  *io->err << lines << "\n" << path << ": " << count << (count == 1 ? " problem\n" : " problems\n");
  return kExitFailed;
}

int Run(const Arguments& arguments, CommandIo* io) {
  const std::string path = arguments.Get("config");
  const absl::StatusOr<ServerFiles> files = LoadServerFiles(path, io->environment);
  if (!files.ok()) return Fail(path, std::string(files.status().message()), io);
  // The server would start without these entries; whoever asks wants to know.
  const absl::Status entries = ProblemsToStatus(files->catalog.problems);
  if (!entries.ok()) return Fail(path, std::string(entries.message()), io);
  *io->out << path << ": no problems\n";
  PrintSummary(*files, io->out);
  for (const ExposedFile& file : files->exposed) *io->err << "warning: " << file.ToString() << "\n";
  return kExitDone;
}

}  // namespace

Command ConfigCheckCommand() {
  return {
      .name = "config check",
      .summary = "Says all that is wrong with a configuration, or what it amounts to.",
      .description =
          "Reads a configuration with the files it names (key ring, catalogues, certificates) and "
          "the EVERTOKEN_* overrides\n"
          "of the environment, as `serve` would, and prints every problem with its file and line. "
          "Nothing is started or\n"
          "changed. Exit code 0: no problems; 1: problems, on standard error. Files with secrets "
          "that others may read are\n"
          "warned of there as well. Secrets are never printed.",
      .example = "evertoken config check --config evertoken.yaml",
      .flags = {{"config", "FILE", "The configuration, YAML.", true, false}},
      .run = Run,
  };
}

}  // namespace evertoken
