// Measures the server: one line a figure, `name value unit`. What the figures mean stands at the functions that measure them.

#include <stdlib.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/bench_site.h"
#include "tests/bench/catalogue.h"
#include "tests/bench/due.h"
#include "tests/bench/figures.h"
#include "tests/bench/footprint.h"
#include "tests/bench/hot_reads.h"
#include "tests/bench/process_stats.h"
#include "tests/bench/profile_map.h"
#include "tests/bench/renewals.h"
#include "tests/bench/replicas.h"

ABSL_FLAG(std::string, json, "",
          "file to write the figures to as a JSON list of {name, value, unit}");
ABSL_FLAG(std::string, server, "bazel-bin/server/evertoken", "the server's program");
ABSL_FLAG(std::string, echo, "bazel-bin/tests/bench/echo_server", "the yardstick's program");
ABSL_FLAG(std::vector<std::string>, only, {},
          "parts to measure: start, catalogue, grant_size, profile_map, hot_reads, renewals, "
          "storm, inflight, "
          "round_trips, "
          "waiters, replica_storm, due");

namespace evertoken::bench {
namespace {

struct Part {
  std::string name;
  absl::Status (*measure)(BenchSite* site, Figures* figures);
};

bool IsWanted(const std::string& name) {
  const std::vector<std::string> only = absl::GetFlag(FLAGS_only);
  if (only.empty()) return true;
  for (const std::string& wanted : only) {
    if (wanted == name) return true;
  }
  return false;
}

int Fail(const std::string& what, const absl::Status& status) {
  std::cerr << what << " FAILED: " << std::string(status.message()) << std::endl;
  return 1;
}

int MeasureAll(const std::string& directory) {
  const absl::StatusOr<std::unique_ptr<BenchSite>> site =
      BenchSite::Open({absl::GetFlag(FLAGS_server), absl::GetFlag(FLAGS_echo), directory});
  if (!site.ok()) return Fail("setting up", site.status());
  const std::vector<Part> parts = {
      {"start", &MeasureStart},
      {"catalogue", &MeasureCatalogue},
      {"grant_size", &MeasureGrantSize},
      {"profile_map", &MeasureProfileMap},
      {"hot_reads", &MeasureHotReads},
      {"renewals", &MeasureRenewals},
      {"storm", &MeasureStorm},
      {"inflight", &MeasureInFlight},
      {"round_trips", &MeasureRoundTrips},
      {"waiters", &MeasureWaiters},
      {"replica_storm", &MeasureReplicaStorm},
      {"due", &MeasureDue},
  };
  Figures figures;
  int exit_status = 0;
  for (const Part& part : parts) {
    if (!IsWanted(part.name)) continue;
    const absl::Status done = part.measure(site->get(), &figures);
    if (!done.ok()) exit_status = Fail(part.name, done);
  }
  const std::string json = absl::GetFlag(FLAGS_json);
  if (json.empty()) return exit_status;
  const absl::Status written = figures.WriteJson(json);
  return written.ok() ? exit_status : Fail("writing the figures", written);
}

int Run() {
  RaiseOpenFileLimit();
  std::string directory =
      (std::filesystem::temp_directory_path() / "evertoken-bench-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) {
    std::cerr << "cannot make a folder at " << directory << std::endl;
    return 1;
  }
  const absl::Cleanup remove = [&directory] {
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  };
  return MeasureAll(directory);
}

}  // namespace
}  // namespace evertoken::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Measures Evertoken against a bare gRPC echo, a demo provider and every store.");
  absl::ParseCommandLine(argc, argv);
  return evertoken::bench::Run();
}
