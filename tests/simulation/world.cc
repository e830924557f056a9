#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/base/proto_time.h"
#include "server/broker/grant_repository.h"

namespace evertoken::simulation {
namespace {

using hostile::FamilyPolicy;

constexpr absl::Duration kTroubledTime = absl::Minutes(4);
constexpr absl::Duration kLongestPause = absl::Minutes(1);
constexpr absl::Duration kQuietTime = absl::Minutes(3);
constexpr absl::Duration kPatience = absl::Minutes(10);
// Waits of failures, and of grants whose provider could not be called, end within 15 minutes.
constexpr double kPaired = 0.25;
constexpr absl::Duration kTendedWithin = absl::Minutes(30);

// Runs a closure at once: for what never waits.
class Inline final : public Executor {
 public:
  void Post(Closure closure) override {
    ScopedCurrent current(this);
    closure();
  }
  TimerId RunAfter(absl::Duration, Closure) override { return 0; }
  void CancelTimer(TimerId) override {}
};

template <typename T>
Task<void> Keep(Task<T> task, T* result) {
  *result = co_await std::move(task);
}

// The result of a task that never waits.
template <typename T>
T Now(Task<T> task, T otherwise) {
  Inline executor;
  Spawn(&executor, Keep(std::move(task), &otherwise));
  return otherwise;
}

FamilyPolicy PolicyOf(const std::string& entry, Chance* chance) {
  FamilyPolicy policy;
  policy.access_life = absl::Seconds(60);
  if (entry == "once") policy.reuse = hostile::ReuseEffect::kRefuse;
  if (entry == "grace") policy.grace = kGrace;
  if (entry == "grace" && chance->Happens(0.5))
    policy.grace_answer = hostile::GraceAnswer::kFurtherPair;
  if (entry == "harmless") policy.rotation = hostile::Rotation::kNone;
  return policy;
}

storage::v1::Grant NewGrant(const std::string& app, const std::string& entry,
                            const hostile::IssuedPair& pair, absl::Time now) {
  storage::v1::Grant grant;
  grant.set_grant_id(absl::StrCat("grant-", pair.family));
  grant.set_app(app);
  grant.set_provider(entry);
  grant.set_claimed(true);
  grant.set_state(v1::GRANT_STATE_ACTIVE);
  *grant.mutable_login_time() = ToTimestamp(now);
  *grant.mutable_expire_time() = ToTimestamp(now + absl::Hours(1));
  storage::v1::ProviderTokens& tokens = *grant.mutable_tokens();
  tokens.set_access_token(pair.access_token);
  tokens.set_token_type("Bearer");
  tokens.set_refresh_token(pair.refresh_token);
  *tokens.mutable_access_expire_time() = ToTimestamp(pair.access_expires);
  *tokens.mutable_obtain_time() = ToTimestamp(now);
  return grant;
}

}  // namespace

World::World(uint64_t seed, Protections protections, bool tracing)
    : protections_(protections),
      tracing_(tracing),
      chance_(seed),
      watching_(~seed),
      pairing_(seed ^ 0x5bd1e995),
      direct_(std::make_unique<SimulatedStore>(&shared_), GetSetting().keys.get()),
      provider_([seed] {
        hostile::HostileProvider::Settings settings;
        settings.seed = seed;
        return settings;
      }()) {
  shared_.SetWatcher([this](const SlotKey& key, bool forgotten) { OnWrite(key, forgotten); });
}

World::~World() = default;

Findings World::Run() {
  tends_ = chance_.Happens(0.3);
  MakeMachines();
  MakeUsers();
  MakeWatchers();
  PlanWeather();
  PlanAccidents();
  PlanCalls();
  At(kTroubledTime + kLongestPause, [this] { Quieten(); });
  if (!RunUntil(start_ + kTroubledTime + kLongestPause + kQuietTime)) return findings_;
  if (tends_ && !RunUntilTended()) return findings_;
  if (calls_open_ > 0) Violate(absl::StrCat(calls_open_, " callers got no answer"));
  CheckResults();
  if (tends_) CheckTended();
  for (size_t i = 0; i < users_.size(); ++i) CheckEnd(i, RefreshAtLast(i));
  for (const std::unique_ptr<Machine>& machine : machines_) {
    if (tends_) machine->StopTending();
  }
  CheckWatchers();
  // What is still under way ends, so that nothing is left of this world.
  RunUntil(clock_.Now() + absl::Hours(2));
  return findings_;
}

bool World::RunUntil(absl::Time end) {
  constexpr int kMostSteps = 300000;
  for (int steps = 0; scheduler_.Step(end); ++steps) {
    CheckStep();
    if (steps > kMostSteps) Violate("the world does not come to rest");
    if (steps > kMostSteps) return false;
  }
  return true;
}

bool World::RunUntilTended() {
  const absl::Time end = clock_.Now() + kTendedWithin;
  while (clock_.Now() < end) {
    const bool done = std::all_of(users_.begin(), users_.end(),
                                  [this](const User& user) { return IsTended(user); });
    if (done) return true;
    if (!RunUntil(clock_.Now() + absl::Seconds(20))) return false;
  }
  return true;
}

void World::At(absl::Duration after, std::function<void()> what) {
  script_->RunAfter(after, std::move(what));
}

void World::MakeMachines() {
  const size_t machines = 1 + chance_.Below(3);
  for (size_t i = 0; i < machines; ++i) {
    Machine::Parts parts;
    parts.scheduler = &scheduler_;
    parts.network = script_;
    parts.chance = &chance_;
    parts.clock = &clock_;
    parts.store = &shared_;
    parts.weather = &weather_;
    parts.protections = &protections_;
    parts.tends = tends_;
    parts.provider = &provider_;
    parts.on_tokens = [this, i](const std::string& token) { OnTokens(i, token); };
    parts.trace = [this, i](const std::string& line) { Trace(absl::StrCat("m", i, " ", line)); };
    const absl::Duration skew = chance_.UpTo(absl::Seconds(6)) - absl::Seconds(3);
    machines_.push_back(std::make_unique<Machine>(std::move(parts), skew));
    machines_.back()->Start();
  }
}

void World::MakeUsers() {
  const char* const entries[] = {"never", "once", "grace", "harmless"};
  const size_t users = 1 + chance_.Below(3);
  for (size_t i = 0; i < users; ++i) {
    User user;
    user.policy = entries[chance_.Below(4)];
    user.app = GetSetting().apps->Find(tends_ && chance_.Happens(0.7) ? "lively" : "app");
    const FamilyPolicy policy = PolicyOf(user.policy, &chance_);
    const hostile::IssuedPair pair = *provider_.NewFamily(policy, clock_.Now());
    user.family = pair.family;
    user.access_token = RandomGuid();
    user.slot = GetSetting().keys->Hash(kAccessTokenPurpose, user.access_token);
    user_of_slot_[user.slot.value] = users_.size();
    Trace(absl::StrCat("user ", users_.size(), " at ", user.policy, ", family ", user.family));
    users_.push_back(user);
    const storage::v1::Grant grant = NewGrant(user.app->key(), user.policy, pair, clock_.Now());
    GrantWrite write{user.app->key(), grant.SerializeAsString(), absl::Hours(48)};
    if (user.app->key() == "lively") write.due_in = absl::Seconds(40);
    (void)Now<absl::Status>(direct_.CreateGrant(user.slot, std::move(write)), absl::OkStatus());
    if (pairing_.Happens(kPaired)) MakeCompanion();
  }
}

void World::MakeCompanion() {
  const User owner = users_.back();
  storage::v1::Grant first = Stored(owner.slot);
  first.add_chains("bot");
  const GrantWrite named{owner.app->key(), first.SerializeAsString(), absl::Hours(48),
                         absl::Seconds(40)};
  (void)Now<absl::StatusOr<uint64_t>>(direct_.WriteGrant(owner.slot, 1, named), uint64_t{0});

  User user = owner;
  user.is_companion = true;
  user.slot = SlotKey{owner.slot.value + ".bot"};
  const hostile::IssuedPair pair =
      *provider_.NewFamily(PolicyOf(user.policy, &pairing_), clock_.Now());
  user.family = pair.family;
  user_of_slot_[user.slot.value] = users_.size();
  users_.push_back(user);
  storage::v1::Grant grant = NewGrant(user.app->key(), user.policy, pair, clock_.Now());
  grant.set_grant_id(first.grant_id());
  grant.set_of_slot(owner.slot.value);
  grant.mutable_tokens()->set_chain("bot");
  Trace(absl::StrCat("and a pair for a bot, family ", user.family));
  GrantWrite write{user.app->key(), grant.SerializeAsString(), absl::Hours(48), absl::Seconds(40)};
  (void)Now<absl::Status>(direct_.CreateGrant(user.slot, std::move(write)), absl::OkStatus());
}

void World::ForPairsOf(size_t number, const std::function<void(User*)>& what) {
  const std::string access_token = users_[number].access_token;
  for (User& user : users_) {
    if (user.access_token == access_token) what(&user);
  }
}

void World::PlanCalls() {
  const uint64_t calls = 4 + chance_.Below(20);
  absl::Duration time;
  for (uint64_t i = 0; i < calls; ++i) {
    // Often at once, because callers come in crowds.
    if (chance_.Happens(0.6)) time = chance_.UpTo(kTroubledTime);
    const size_t user = chance_.Below(users_.size());
    At(time, [this, user] { Call(chance_.Below(machines_.size()), user); });
  }
}

void World::Call(size_t machine, size_t user) {
  if (!machines_[machine]->running()) return;
  Broker* const broker = machines_[machine]->broker();
  Executor* const executor = machines_[machine]->executor();
  const double kind = chance_.Fraction();
  ++calls_open_;
  if (users_[user].is_companion && kind < 0.98) {
    Spawn(executor, ProviderToken(broker, user));
  } else if (kind < 0.65) {
    Spawn(executor, Refresh(broker, user));
  } else if (kind < 0.98) {
    Spawn(executor, Profile(broker, user));
  } else {
    Spawn(executor, Revoke(machine, user));
  }
}

Task<void> World::Refresh(Broker* broker, size_t user) {
  v1::RefreshTokenRequest request;
  request.set_access_token(users_[user].access_token);
  Caller caller{users_[user].app, {}};
  absl::StatusOr<v1::RefreshTokenResponse> answer = co_await broker->RefreshToken(caller, request);
  Trace(absl::StrCat("refresh of user ", user, ": ", answer.status().ToString()));
  --calls_open_;
}

Task<void> World::Profile(Broker* broker, size_t user) {
  v1::GetRefreshedProfileRequest request;
  request.set_access_token(users_[user].access_token);
  Caller caller{users_[user].app, {}};
  absl::StatusOr<v1::GetRefreshedProfileResponse> answer =
      co_await broker->GetRefreshedProfile(caller, request);
  Trace(absl::StrCat("profile of user ", user, ": ", answer.status().ToString()));
  --calls_open_;
}

Task<void> World::ProviderToken(Broker* broker, size_t user) {
  auto result = std::make_shared<absl::Status>();
  co_await CollectRefresh(broker, user, result);
  --calls_open_;
}

Task<void> World::Revoke(size_t machine, size_t user) {
  Broker* const broker = machines_[machine]->broker();
  ForPairsOf(user, [](User* each) { each->revoking = true; });
  v1::RevokeTokenRequest request;
  request.set_access_token(users_[user].access_token);
  Caller caller{users_[user].app, {}};
  absl::StatusOr<v1::RevokeTokenResponse> answer = co_await broker->RevokeToken(caller, request);
  Trace(absl::StrCat("revocation of user ", user, ": ", answer.status().ToString()));
  const bool alive = machines_[machine]->running() && machines_[machine]->broker() == broker;
  if (answer.ok() && alive) ForPairsOf(user, [](User* each) { each->revoked = true; });
  --calls_open_;
}

absl::Status World::RefreshAtLast(size_t user) {
  absl::Status status;
  for (int round = 0; round < 4; ++round) {
    Machine& machine = *machines_[chance_.Below(machines_.size())];
    auto result = std::make_shared<absl::Status>(absl::CancelledError("no answer"));
    Spawn(machine.executor(), CollectRefresh(machine.broker(), user, result));
    RunUntil(clock_.Now() + absl::Minutes(2));
    status = *result;
    const std::optional<absl::Duration> wait = RetryAfterOf(status);
    if (!wait.has_value()) break;
    RunUntil(clock_.Now() + std::min(*wait, kPatience));
  }
  return status;
}

Task<void> World::CollectRefresh(Broker* broker, size_t user,
                                 std::shared_ptr<absl::Status> result) {
  if (users_[user].is_companion) {
    v1::GetProviderTokenRequest request;
    request.set_access_token(users_[user].access_token);
    request.set_chain("bot");
    Caller caller{users_[user].app, {}};
    absl::StatusOr<v1::GetProviderTokenResponse> answer =
        co_await broker->GetProviderToken(caller, request);
    *result = answer.status();
    Trace(absl::StrCat("the bot's token, user ", user, ": ", answer.status().ToString()));
    co_return;
  }
  v1::RefreshTokenRequest request;
  request.set_access_token(users_[user].access_token);
  Caller caller{users_[user].app, {}};
  absl::StatusOr<v1::RefreshTokenResponse> answer = co_await broker->RefreshToken(caller, request);
  *result = answer.status();
  Trace(absl::StrCat("at last, user ", user, ": ", answer.status().ToString()));
}

storage::v1::Grant World::Stored(const SlotKey& key) {
  absl::StatusOr<GrantSlot> slot =
      Now<absl::StatusOr<GrantSlot>>(direct_.ReadGrant(key), absl::UnknownError(""));
  storage::v1::Grant grant;
  if (slot.ok()) (void)grant.ParseFromString(slot->record);
  return grant;
}

void World::Trace(const std::string& line) {
  if (!tracing_) return;
  findings_.trace.push_back(
      absl::StrFormat("%9.3f %s", absl::ToDoubleSeconds(clock_.Now() - start_), line));
}

void World::Violate(const std::string& what) {
  Trace(absl::StrCat("VIOLATED: ", what));
  if (findings_.violations.size() < 10) findings_.violations.push_back(what);
}

}  // namespace evertoken::simulation
