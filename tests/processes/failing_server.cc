// `evertoken serve` for tests: the same server, which dies where the variable FAILPOINTS says (see failpoints.h).
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "server/commands/command_line.h"
#include "server/commands/serve_command.h"
#include "server/config/environment.h"
#include "tests/processes/failing_parts.h"

namespace evertoken {
namespace {

int ServeUntilKilled(const Arguments& arguments, CommandIo* io) {
  const auto words = io->environment.find("FAILPOINTS");
  absl::StatusOr<std::unique_ptr<Failpoints>> failpoints =
      Failpoints::Parse(words == io->environment.end() ? "" : words->second);
  if (!failpoints.ok()) {
    *io->err << std::string(failpoints.status().message()) << "\n";
    return kExitMisused;
  }
  return Serve(arguments, io, WithFailpoints(failpoints->get()));
}

}  // namespace
}  // namespace evertoken

int main(int argc, char** argv) {
  evertoken::Command serve = evertoken::ServeCommand();
  serve.run = evertoken::ServeUntilKilled;
  evertoken::CommandIo io;
  io.in = &std::cin;
  io.out = &std::cout;
  io.err = &std::cerr;
  io.environment = evertoken::ProcessEnvironment();
  return evertoken::RunCommandLine(
      {serve}, std::vector<std::string>(argv + std::min(argc, 1), argv + argc), &io);
}
