// Thousands of small worlds: see World. A seed that fails is printed with its trace, and replayed by `make simulate SEED=n`.

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "absl/strings/str_join.h"
#include "server/base/log.h"
#include "tests/simulation/world.h"

namespace evertoken::simulation {
namespace {

// Each shard of the test runs its part.
constexpr uint64_t kSeeds = 2500;

class Quiet : public testing::Environment {
 public:
  // What goes wrong on purpose would fill the log.
  void SetUp() override { SetLogLevel(LogLevel::kNone); }
};
const testing::Environment* const quiet = testing::AddGlobalTestEnvironment(new Quiet);

void ExpectNoViolation(uint64_t first_seed) {
  Findings sum;
  for (uint64_t seed = first_seed; seed < first_seed + kSeeds; ++seed) {
    const Findings findings = World(seed, Protections(), /*tracing=*/false).Run();
    sum.presentations += findings.presentations;
    sum.renewals += findings.renewals;
    sum.crashes += findings.crashes;
    sum.pauses += findings.pauses;
    sum.failovers += findings.failovers;
    sum.forgotten += findings.forgotten;
    sum.ambiguous += findings.ambiguous;
    sum.tended += findings.tended;
    sum.events += findings.events;
    if (findings.violations.empty()) continue;
    const Findings replay = World(seed, Protections(), /*tracing=*/true).Run();
    FAIL() << "seed " << seed << ": " << absl::StrJoin(findings.violations, "; ") << "\n"
           << absl::StrJoin(replay.trace, "\n");
  }
  std::printf(
      "%d schedules: %d presentations, %d results, %d crashes, %d pauses, %d failovers that forgot "
      "%d writes, %d grants ambiguous, %d well without a caller, %d events told\n",
      static_cast<int>(kSeeds), static_cast<int>(sum.presentations), sum.renewals, sum.crashes,
      sum.pauses, sum.failovers, sum.forgotten, sum.ambiguous, sum.tended, sum.events);
}

TEST(SimulationTest, NothingIsLostFirstQuarter) { ExpectNoViolation(0); }
TEST(SimulationTest, NothingIsLostSecondQuarter) { ExpectNoViolation(kSeeds); }
TEST(SimulationTest, NothingIsLostThirdQuarter) { ExpectNoViolation(2 * kSeeds); }
TEST(SimulationTest, NothingIsLostLastQuarter) { ExpectNoViolation(3 * kSeeds); }

// The simulation bites: without any one of the protections some world loses something.
void ExpectViolationWithout(bool Protections::*protection) {
  Protections weakened;
  weakened.*protection = false;
  for (uint64_t seed = 0; seed < 6000; ++seed) {
    const Findings findings = World(seed, weakened, /*tracing=*/false).Run();
    if (findings.violations.empty()) continue;
    std::printf("seed %d: %s\n", static_cast<int>(seed), findings.violations.front().c_str());
    return;
  }
  FAIL() << "nobody noticed that it is missing";
}

TEST(SimulationTest, FencingIsNeeded) { ExpectViolationWithout(&Protections::fencing); }
TEST(SimulationTest, CompareAndSwapIsNeeded) {
  ExpectViolationWithout(&Protections::compare_and_swap);
}
TEST(SimulationTest, WriteAheadIsNeeded) { ExpectViolationWithout(&Protections::write_ahead); }
TEST(SimulationTest, PersistFirstIsNeeded) { ExpectViolationWithout(&Protections::persist_first); }
TEST(SimulationTest, TheJournalIsNeeded) { ExpectViolationWithout(&Protections::journal); }

}  // namespace
}  // namespace evertoken::simulation
