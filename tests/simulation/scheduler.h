#ifndef EVERTOKEN_TESTS_SIMULATION_SCHEDULER_H_
#define EVERTOKEN_TESTS_SIMULATION_SCHEDULER_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "absl/time/time.h"
#include "server/base/executor.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken::simulation {

// Chance, all from one seed: the same seed gives the same run.
class Chance {
 public:
  explicit Chance(uint64_t seed) : random_(seed) {}

  // 0 to n - 1.
  uint64_t Below(uint64_t n) { return random_() % n; }
  bool Happens(double probability) { return Fraction() < probability; }
  double Fraction() { return static_cast<double>(random_() >> 11) * 0x1.0p-53; }
  // From zero to `most`, in milliseconds.
  absl::Duration UpTo(absl::Duration most) {
    return absl::Milliseconds(Below(static_cast<uint64_t>(absl::ToInt64Milliseconds(most)) + 1));
  }

 private:
  std::mt19937_64 random_;
};

// Several processes in one virtual time: which of them takes its next step is chance. Inside a process closures keep their order, as
// Executor promises. Single-threaded.
class Scheduler {
 public:
  // One process's event loop.
  class Process final : public Executor {
   public:
    void Post(Closure closure) override { posted_.push_back(std::move(closure)); }
    TimerId RunAfter(absl::Duration delay, Closure closure) override;
    void CancelTimer(TimerId id) override;

    // Takes no step until `end`, as if the machine had stopped.
    void PauseUntil(absl::Time end) { paused_until_ = end; }

   private:
    friend Scheduler;
    explicit Process(const FakeClock* clock) : clock_(clock) {}

    bool CanStep() const;
    void Step();
    // When it can take a step, if not now.
    std::optional<absl::Time> Next() const;

    const FakeClock* const clock_;
    std::deque<Closure> posted_;
    std::multimap<absl::Time, std::pair<TimerId, Closure>> timers_;
    TimerId next_timer_ = 1;
    absl::Time paused_until_ = absl::InfinitePast();
  };

  Scheduler(FakeClock* clock, Chance* chance) : clock_(clock), chance_(chance) {}

  Process* NewProcess();

  // One step of some process, after letting time pass if nobody can take one now; false when nothing is left to do before `end`,
  // which it is then.
  bool Step(absl::Time end);

 private:
  FakeClock* const clock_;
  Chance* const chance_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<Process*> ready_;
};

}  // namespace evertoken::simulation

#endif  // EVERTOKEN_TESTS_SIMULATION_SCHEDULER_H_
