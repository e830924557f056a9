// What must hold of the events of a World.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "evertoken/storage/v1/grant_event.pb.h"
#include "server/base/secret.h"
#include "server/store/sealing.h"
#include "tests/simulation/world.h"

namespace evertoken::simulation {
namespace {

using storage::v1::Grant;

constexpr double kWatched = 0.2;
constexpr absl::Duration kTroubledTime = absl::Minutes(4);

// What the step from one record to the next is to tell, by the states of a grant alone.
std::vector<v1::GrantEventType> ToTell(const Grant& before, const Grant& after) {
  std::vector<v1::GrantEventType> events;
  if (!after.of_slot().empty()) return events;
  const bool renewed = after.tokens().generation() > before.tokens().generation();
  if (renewed) events.push_back(v1::GRANT_EVENT_TYPE_RENEWED);
  const bool entered = renewed || after.state() != before.state();
  switch (after.state()) {
    case v1::GRANT_STATE_REVOKED:
      if (entered) events.push_back(v1::GRANT_EVENT_TYPE_REVOKED);
      break;
    case v1::GRANT_STATE_AMBIGUOUS:
      if (entered) events.push_back(v1::GRANT_EVENT_TYPE_USER_ACTION_REQUIRED);
      break;
    case v1::GRANT_STATE_FAILING:
      if (entered || after.renewal().failure_reason() != before.renewal().failure_reason())
        events.push_back(v1::GRANT_EVENT_TYPE_FAILING);
      break;
    default:
      break;
  }
  const bool announced =
      after.announced_expire_time().seconds() != before.announced_expire_time().seconds();
  if (announced) events.push_back(v1::GRANT_EVENT_TYPE_EXPIRING_SOON);
  return events;
}

}  // namespace

bool World::IsWhole() const {
  return protections_.compare_and_swap && protections_.fencing && protections_.write_ahead &&
         protections_.persist_first && protections_.journal;
}

void World::MakeWatchers() {
  if (!IsWhole() || !watching_.Happens(kWatched)) return;
  Watcher::Parts parts;
  parts.executor = scheduler_.NewProcess();
  parts.store = &shared_;
  parts.chance = &watching_;
  parts.weather = &weather_;
  parts.clock = &clock_;
  parts.app = users_.front().app->key();
  parts.trace = [this](const std::string& line) { Trace(line); };
  watchers_.push_back(std::make_unique<Watcher>(std::move(parts)));
  Watcher* const watcher = watchers_.back().get();
  watcher->Start();
  for (int i = 0; i < 3; ++i) At(watching_.UpTo(kTroubledTime), [watcher] { watcher->HangUp(); });
}

// Every write tells of what it changed, once, and of nothing else.
void World::CheckEventsOf(User* user, bool forgotten, const Grant& grant) {
  const Grant before = std::exchange(user->seen, grant);
  if (forgotten || !IsWhole() || before.grant_id().empty()) return;
  std::vector<v1::GrantEventType> told;
  for (const std::string& sealed : shared_.newest_events()) {
    const absl::StatusOr<Secret> record =
        GetSetting().keys->Open(sealed, EventSealContext(grant.app()));
    storage::v1::GrantEvent event;
    if (!record.ok() || !event.ParseFromString(record->Reveal()))
      return Violate("an event cannot be read");
    if (event.grant_id() != grant.grant_id()) Violate("an event of another grant");
    told.push_back(event.type());
  }
  const std::vector<v1::GrantEventType> to_tell = ToTell(before, grant);
  if (told != to_tell) {
    Violate(absl::StrCat(user->policy, ": a write told ", absl::StrJoin(told, ","), " and not ",
                         absl::StrJoin(to_tell, ",")));
  }
}

// Every event that the store has arrived, and those of a shard in their order, whatever broke on the way.
void World::CheckWatchers() {
  for (const std::unique_ptr<Watcher>& watcher : watchers_) {
    RunUntil(clock_.Now() + absl::Minutes(2));
    watcher->Stop();
    for (const std::string& complaint : watcher->complaints())
      Violate(absl::StrCat("a watch ended: ", complaint));
    for (int shard = 0; shard < SharedStore::kEventShards; ++shard) {
      std::vector<EventPosition> first;  // arrivals
      for (const EventPosition& position : watcher->arrived()[shard]) {
        if (std::find(first.begin(), first.end(), position) == first.end())
          first.push_back(position);
      }
      findings_.events += static_cast<int>(first.size());
      if (!std::is_sorted(first.begin(), first.end())) Violate("events arrived out of order");
      for (const StoredEvent& event : shared_.ReadEvents(shard, {}, 1 << 20).events) {
        const bool arrived = std::binary_search(first.begin(), first.end(), event.position);
        if (event.app == watcher->app() && !arrived) Violate("an event was told to nobody");
      }
    }
  }
}

}  // namespace evertoken::simulation
