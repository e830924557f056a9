#include "tests/simulation/machine.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/metrics.h"
#include "server/broker/grant_cache.h"
#include "server/broker/provider_guard.h"
#include "server/http/egress_policy.h"
#include "server/provider/provider_api.h"
#include "server/provider/provider_catalog.h"
#include "server/store/sealing_store.h"
#include "tests/simulation/provider_network.h"

namespace evertoken::simulation {
namespace {

constexpr char kOrigin[] = "https://hostile.test";

std::string Entry(const std::string& id, const std::string& renewal) {
  return absl::StrCat("  ", id, R"(:
    display_name: Simulated provider
    authorization: {url: 'https://hostile.test/authorize', scopes: [profile]}
    token: {url: 'https://hostile.test/token'}
    profile_calls:
      - {name: me, url: 'https://hostile.test/userinfo'}
    profile_fields:
      subject: {candidates: [/sub]}
    errors:
      - {where: token, body: {/error: invalid_grant}, outcome: revoked}
    revocation: {kind: rfc7009, url: 'https://hostile.test/revoke'}
    renewal: {kind: refresh_token_grant, )",
                      renewal, "}\n");
}

std::string Catalogue() {
  return absl::StrCat(
      "providers:\n", Entry("never", "rotation: always, lost_response_policy: never_retry"),
      Entry("once", "rotation: always, lost_response_policy: retry_once"),
      Entry("grace",
            "rotation: always, lost_response_policy: retry_within_grace, reuse_grace: 30s"),
      Entry("harmless", "rotation: none, lost_response_policy: retry"));
}

Setting MakeSetting() {
  Setting setting;
  setting.keys = *KeyRing::New(KeyRing::Generate("simulation"));
  auto catalog = ProviderCatalog::Parse({{"simulation.yaml", Catalogue()}},
                                        /*allow_insecure_loopback=*/false);
  if (!catalog.ok()) {
    std::fprintf(stderr, "%s\n", catalog.status().ToString().c_str());
    std::abort();
  }
  config::v1::App app;
  app.set_allow_provider_token(true);
  for (const char* provider : {"never", "once", "grace", "harmless"}) {
    config::v1::ProviderClient& client = (*app.mutable_providers())[provider];
    client.set_client_id("client");
    client.set_client_secret("simulated");
  }
  std::vector<config::v1::App> apps(2, app);
  apps[0].set_key("app");
  apps[1].set_key("lively");
  apps[1].set_keep_alive(config::v1::App::KEEP_ALIVE_MODE_PROACTIVE);
  setting.apps = std::make_unique<AppRegistry>(std::move(apps), *catalog, setting.keys.get());
  return setting;
}

// The world's clock, set wrong by a fixed time.
class SkewedClock final : public Clock {
 public:
  SkewedClock(const FakeClock* clock, absl::Duration skew) : clock_(clock), skew_(skew) {}
  absl::Time Now() const override { return clock_->Now() + skew_; }
  absl::Duration SinceBoot() const override { return clock_->SinceBoot(); }

 private:
  const FakeClock* const clock_;
  const absl::Duration skew_;
};

// The disk as one process sees it.
class ProcessJournal final : public ResultJournal {
 public:
  ProcessJournal(MemoryJournal* disk, const bool* crashed, bool works)
      : disk_(disk), crashed_(crashed), works_(works) {}

  Task<absl::StatusOr<EntryId>> Append(std::string record) override {
    if (*crashed_) co_return absl::UnavailableError("the process is dead");
    if (!works_) co_return EntryId{0};
    absl::StatusOr<EntryId> id = co_await disk_->Append(std::move(record));
    co_return id;
  }
  void Remove(EntryId id) override {
    if (!*crashed_) disk_->Remove(id);
  }
  std::vector<Entry> TakeRecovered() override { return disk_->TakeRecovered(); }

 private:
  MemoryJournal* const disk_;
  const bool* const crashed_;
  const bool works_;
};

Metrics* SharedMetrics() {
  static Metrics* const metrics = new Metrics;
  return metrics;
}

EgressPolicy* SharedEgress() {
  static EgressPolicy* const egress = [] {
    auto* policy = new EgressPolicy(/*allow_insecure_loopback=*/false);
    (void)policy->Allow(kOrigin);
    return policy;
  }();
  return egress;
}

}  // namespace

const Setting& GetSetting() {
  static const Setting* const setting = new Setting(MakeSetting());
  return *setting;
}

// One run of the server, with everything that belongs to it.
class Machine::Process {
 public:
  Process(const Parts& parts, absl::Duration skew, MemoryJournal* disk)
      : executor(parts.scheduler->NewProcess()),
        clock(parts.clock, skew),
        journal(disk, &crashed, parts.protections->journal),
        way(std::make_unique<SimulatedStore>(parts.store, parts.chance, parts.weather, &crashed,
                                             parts.protections, parts.trace)),
        due(way.get()),
        store(std::move(way), GetSetting().keys.get()),
        http({parts.provider, parts.network, parts.clock, &crashed, parts.on_tokens, parts.trace}),
        providers(&http, &clock, SharedEgress(), absl::Seconds(15)),
        cache(64, &clock),
        guard({&clock, SharedMetrics(), [chance = parts.chance] { return chance->Fraction(); }}),
        broker(PartsOfBroker(parts.chance)) {}

  Scheduler::Process* const executor;
  bool crashed = false;
  const SkewedClock clock;
  ProcessJournal journal;
  std::unique_ptr<SimulatedStore> way;  // until `store` has it
  DueQueue* const due;
  SealingStore store;
  ProviderNetwork http;
  ProviderApi providers;
  GrantCache cache;
  ResultIndex results;
  ProviderGuard guard;
  Broker broker;

 private:
  BrokerParts PartsOfBroker(Chance* chance) {
    BrokerParts parts;
    parts.executor = executor;
    parts.store = &store;
    parts.providers = &providers;
    parts.apps = GetSetting().apps.get();
    parts.keys = GetSetting().keys.get();
    parts.cache = &cache;
    parts.clock = &clock;
    parts.metrics = SharedMetrics();
    parts.journal = &journal;
    parts.guard = &guard;
    parts.results = &results;
    parts.provider_timeout = absl::Seconds(15);
    parts.store_timeout = SimulatedStore::kTimeout;
    parts.store_may_forget = true;
    parts.due = due;
    parts.random = [chance] { return chance->Fraction(); };
    return parts;
  }
};

Machine::Machine(Parts parts, absl::Duration skew) : parts_(std::move(parts)), skew_(skew) {}
Machine::~Machine() = default;

void Machine::Start() {
  processes_.push_back(std::make_unique<Process>(parts_, skew_, &disk_));
  Process* const process = processes_.back().get();
  process->executor->Post([process, tends = parts_.tends] {
    process->broker.Replay(process->journal.TakeRecovered());
    if (tends) process->broker.StartKeepAlive();
  });
}

void Machine::StopTending() { processes_.back()->broker.StopKeepAlive(); }

void Machine::Crash() {
  processes_.back()->crashed = true;
  // Or it would look for due grants for ever, without any effect.
  StopTending();
  processes_.back()->executor->PauseUntil(absl::InfinitePast());
  paused_until_ = absl::InfinitePast();
}

bool Machine::running() const { return !processes_.empty() && !processes_.back()->crashed; }

void Machine::Disconnect() { processes_.back()->cache.Invalidate(std::nullopt); }

void Machine::PauseUntil(absl::Time end) {
  paused_until_ = end;
  processes_.back()->executor->PauseUntil(end);
}

Broker* Machine::broker() const { return &processes_.back()->broker; }
Executor* Machine::executor() const { return processes_.back()->executor; }

}  // namespace evertoken::simulation
