// simulate [--first=N] [--seeds=N] | --seed=N
#include <cstdint>
#include <iostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/base/log.h"
#include "tests/simulation/world.h"

namespace evertoken::simulation {
namespace {

constexpr absl::string_view kHelp =
    "usage: simulate [--first=N] [--seeds=N] | --seed=N\n"
    "Runs the renewal engine in small simulated worlds, one a seed (default: 100000 from 0), and "
    "ends with 1 at the first\n"
    "in which an invariant broke, with its trace. --seed replays one world and prints its trace.\n";

struct Arguments {
  uint64_t first = 0;
  uint64_t seeds = 100000;
  bool trace = false;
};

bool Parse(int argc, char** argv, Arguments* arguments) {
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (absl::ConsumePrefix(&argument, "--seed=")) {
      if (!absl::SimpleAtoi(argument, &arguments->first)) return false;
      arguments->seeds = 1;
      arguments->trace = true;
    } else if (absl::ConsumePrefix(&argument, "--seeds=")) {
      if (!absl::SimpleAtoi(argument, &arguments->seeds)) return false;
    } else if (absl::ConsumePrefix(&argument, "--first=")) {
      if (!absl::SimpleAtoi(argument, &arguments->first)) return false;
    } else {
      return false;
    }
  }
  return true;
}

bool Report(uint64_t seed) {
  const Findings findings = World(seed, Protections(), /*tracing=*/true).Run();
  std::cout << absl::StrJoin(findings.trace, "\n") << "\nseed " << seed << ": "
            << (findings.violations.empty() ? "nothing was lost"
                                            : absl::StrJoin(findings.violations, "; "))
            << std::endl;
  return findings.violations.empty();
}

int Run(const Arguments& arguments) {
  SetLogLevel(LogLevel::kNone);
  if (arguments.trace) return Report(arguments.first) ? 0 : 1;
  int64_t results = 0;
  int ambiguous = 0;
  for (uint64_t i = 0; i < arguments.seeds; ++i) {
    const uint64_t seed = arguments.first + i;
    const Findings findings = World(seed, Protections(), /*tracing=*/false).Run();
    results += findings.renewals;
    ambiguous += findings.ambiguous;
    if (!findings.violations.empty()) return Report(seed) ? 0 : 1;
    if (i % 10000 == 9999) std::cout << i + 1 << " worlds" << std::endl;
  }
  std::cout << arguments.seeds << " worlds, " << results << " results of providers, none lost; "
            << ambiguous << " grants ambiguous by their providers' rules" << std::endl;
  return 0;
}

}  // namespace
}  // namespace evertoken::simulation

int main(int argc, char** argv) {
  evertoken::simulation::Arguments arguments;
  if (evertoken::simulation::Parse(argc, argv, &arguments))
    return evertoken::simulation::Run(arguments);
  std::cerr << std::string(evertoken::simulation::kHelp);
  return 2;
}
