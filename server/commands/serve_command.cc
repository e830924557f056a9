#include "server/commands/serve_command.h"

#include <memory>
#include <ostream>
#include <utility>

#include "absl/time/time.h"
#include "server/base/log.h"
#include "server/commands/process_setup.h"
#include "server/server.h"
#include "server/server_files.h"
#include "server/version.h"

namespace evertoken {
namespace {

LogLevel LevelOf(config::v1::Logging::Level level) {
  switch (level) {
    case config::v1::Logging::LEVEL_DEBUG:
      return LogLevel::kDebug;
    case config::v1::Logging::LEVEL_WARN:
      return LogLevel::kWarn;
    case config::v1::Logging::LEVEL_ERROR:
      return LogLevel::kError;
    default:
      return LogLevel::kInfo;
  }
}

int Fail(CommandIo* io, const absl::Status& status) {
  *io->err << "evertoken serve: " << std::string(status.message()) << "\n";
  return kExitFailed;
}

int Run(const Arguments& arguments, CommandIo* io) { return Serve(arguments, io, {}); }

}  // namespace

int Serve(const Arguments& arguments, CommandIo* io, ServerDecorators decorators) {
  ServingSignals signals;
  SetUpServingProcess();
  absl::StatusOr<ServerFiles> files = LoadServerFiles(arguments.Get("config"), io->environment);
  if (!files.ok()) {
    *io->err << std::string(files.status().message()) << "\n";
    return kExitFailed;
  }
  SetLogLevel(LevelOf(files->config.logging().level()));
  for (const ExposedFile& file : files->exposed) {
    Log(LogLevel::kWarn, "secrets_exposed",
        {{"file", file.file}, {"mode", file.mode}, {"holds", file.holds}, {"do", file.advice}});
  }
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(*std::move(files), std::move(decorators));
  if (!server.ok()) return Fail(io, server.status());
  const int grpc_port = (*server)->grpc_port();
  const int web_port = (*server)->web_port();
  Log(LogLevel::kInfo, "serving",
      {{"version", kVersion}, {"grpc_port", grpc_port}, {"web_port", web_port}});
  if (arguments.Has("print-ports")) {
    *io->out << "{\"grpc_port\":" << grpc_port << ",\"web_port\":" << web_port << "}" << std::endl;
  }
  const char* const signal = signals.Wait([&server] { (*server)->ReloadCatalog(); });
  signals.ExitAtNext();
  Log(LogLevel::kInfo, "draining", {{"signal", signal}});
  (*server)->Drain();
  server->reset();
  Log(LogLevel::kInfo, "stopped");
  FlushLog(absl::Seconds(1));
  return kExitDone;
}

Command ServeCommand() {
  return {
      .name = "serve",
      .summary = "Runs the server.",
      .description =
          "Runs the server until SIGTERM or SIGINT; then it takes nothing new, lets work in flight "
          "finish within\n"
          "`limits.drain_timeout` and exits with 0. A second signal ends it at once. It logs to "
          "standard error, a JSON\n"
          "object a line. EVERTOKEN_* variables override the configuration: "
          "EVERTOKEN_STORE__REDIS__PASSWORD is\n"
          "`store.redis.password`. Catalogue files that change are taken over while it runs, and "
          "at SIGHUP; "
          "files with a problem\n"
          "change nothing. When the store is down it starts, keeps trying, and is not "
          "ready until the store\n"
          "answers. Exit code 1: the configuration has problems or an address is in use.",
      .example = "evertoken serve --config evertoken.yaml",
      .flags = {{"config", "FILE", "The configuration, YAML.", true, false},
                {"print-ports", "",
                 "Prints {\"grpc_port\":N,\"web_port\":N} on standard output once both are open.",
                 false, false}},
      .run = Run,
  };
}

}  // namespace evertoken
