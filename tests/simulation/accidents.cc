// What happens to a World: weather, accidents, and the end of both.
#include "absl/strings/str_cat.h"
#include "tests/simulation/world.h"

namespace evertoken::simulation {
namespace {

using hostile::Endpoint;
using hostile::Fault;
using hostile::Trouble;

constexpr absl::Duration kTroubledTime = absl::Minutes(4);
constexpr absl::Duration kLongestPause = absl::Minutes(1);
// A result that a process has had for so long is in the store or in its journal.
constexpr absl::Duration kSavedAfter = absl::Seconds(5);

}  // namespace

void World::PlanWeather() {
  const auto sometimes = [this](double probability, Fault fault, double each, int status = 503) {
    if (!chance_.Happens(probability)) return;
    Trouble trouble;
    trouble.fault = fault;
    trouble.status = status;
    trouble.delay_before = chance_.UpTo(absl::Seconds(2));
    (void)provider_.script().AddChance(Endpoint::kToken, trouble, each);
  };
  sometimes(0.4, Fault::kReplyLost, 0.15);
  sometimes(0.3, Fault::kRequestLost, 0.1);
  sometimes(0.3, Fault::kHalfBody, 0.1);
  sometimes(0.2, Fault::kStatus, 0.1, 503);
  sometimes(0.2, Fault::kStatus, 0.05, 500);
  sometimes(0.2, Fault::kStatus, 0.1, 429);
  sometimes(0.2, Fault::kInvalidClient, 0.05);
  if (chance_.Happens(0.5)) {
    Trouble late;
    late.delay_before = chance_.UpTo(absl::Seconds(10));
    late.delay_after = chance_.UpTo(absl::Seconds(12));
    (void)provider_.script().AddChance(Endpoint::kToken, late, 0.3);
  }
  if (chance_.Happens(0.4)) weather_.request_lost = 0.05;
  if (chance_.Happens(0.4)) weather_.reply_lost = 0.05;
  if (chance_.Happens(0.3)) weather_.slow = 0.3;
  store_failed_ = weather_.request_lost + weather_.reply_lost > 0;
}

void World::PlanAccidents() {
  const auto sometime = [this](double probability, std::function<void()> what) {
    if (chance_.Happens(probability)) At(chance_.UpTo(kTroubledTime), std::move(what));
  };
  for (int i = 0; i < 2; ++i) sometime(0.35, [this] { LoseStore(); });
  for (int i = 0; i < 3; ++i) {
    sometime(0.4, [this] { Crash(chance_.Below(machines_.size())); });
    sometime(0.4, [this] { Pause(chance_.Below(machines_.size())); });
  }
  sometime(0.3, [this] { FailOver(); });
  for (size_t i = 0; i < users_.size(); ++i) {
    sometime(0.07, [this, i] {
      Trace(absl::StrCat("user ", i, " withdraws the permission"));
      users_[i].withdrawn = true;
      // Its further pairs end with the grant.
      if (!users_[i].is_companion) ForPairsOf(i, [](User* each) { each->withdrawn = true; });
      provider_.UserRevokes(users_[i].family);
    });
  }
}

// Best while somebody renews, and worst when a process does not live to see the end of it.
void World::LoseStore() {
  const size_t machine = chance_.Below(machines_.size());
  if (chance_.Happens(0.7)) Call(machine, chance_.Below(users_.size()));
  const absl::Duration begin = chance_.UpTo(absl::Seconds(1));
  const absl::Duration end = begin + chance_.UpTo(absl::Seconds(40));
  At(begin, [this] {
    Trace("the store goes away");
    weather_.down = store_failed_ = true;
  });
  if (chance_.Happens(0.4)) At(chance_.UpTo(end), [this, machine] { Crash(machine); });
  At(end, [this] {
    Trace("the store comes back");
    weather_.down = false;
  });
}

void World::Crash(size_t machine) {
  if (!machines_[machine]->running()) return;
  Trace(absl::StrCat("m", machine, " crashes"));
  ++findings_.crashes;
  const absl::Time awake = machines_[machine]->paused_until();
  for (Received& received : received_) {
    const bool saved = std::max(received.time, awake) + kSavedAfter < clock_.Now();
    if (received.machine != machine || received.process_died) continue;
    received.process_died = true;
    if (!saved || users_[received.user].forgotten) received.excused = true;
  }
  machines_[machine]->Crash();
  At(chance_.UpTo(absl::Seconds(30)), [this, machine] {
    Trace(absl::StrCat("m", machine, " starts"));
    if (!machines_[machine]->running()) machines_[machine]->Start();
  });
}

void World::Pause(size_t machine) {
  if (!machines_[machine]->running()) return;
  Trace(absl::StrCat("m", machine, " pauses"));
  ++findings_.pauses;
  machines_[machine]->PauseUntil(clock_.Now() + chance_.UpTo(kLongestPause));
}

void World::FailOver() {
  ++findings_.failovers;
  const absl::Duration skew = chance_.UpTo(absl::Seconds(1)) - absl::Milliseconds(500);
  const int forgotten = shared_.FailOver(static_cast<int>(chance_.Below(6)), skew);
  findings_.forgotten += forgotten;
  Trace(absl::StrCat("the store fails over and forgets ", forgotten, " writes"));
  for (const std::unique_ptr<Machine>& machine : machines_) {
    if (!machine->running()) continue;
    machine->Disconnect();
    Executor* const executor = machine->executor();
    Broker* const broker = machine->broker();
    executor->RunAfter(chance_.UpTo(absl::Seconds(3)), [broker] { broker->OnStoreReconnected(); });
  }
}

void World::Quieten() {
  Trace("everything is well from now on");
  quiet_since_ = clock_.Now();
  provider_.script().Clear();
  weather_ = StoreWeather();
  for (const std::unique_ptr<Machine>& machine : machines_) {
    if (!machine->running()) machine->Start();
  }
}

}  // namespace evertoken::simulation
