// Grants that are tended without callers, on the stores that are shipped, at a provider that ends everything when a token is presented
// twice. In real time, because Redis has its own; nothing waits for more than the workers' first look.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "server/base/ids.h"
#include "server/base/one_shot.h"
#include "server/base/proto_time.h"
#include "server/broker/broker.h"
#include "server/broker/grant_repository.h"
#include "server/http/egress_policy.h"
#include "server/provider/provider_catalog.h"
#include "server/store/sealing_store.h"
#include "server/store/store_factory.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/memory_journal.h"
#include "tests/fakes/redis_process.h"
#include "tests/fakes/status_matchers.h"
#include "tests/hostile_provider/hostile_http_client.h"
#include "tests/store/temp_dir.h"

namespace evertoken {
namespace {

constexpr char kCatalogue[] = R"(providers:
  strict:
    display_name: Strict
    authorization: {url: 'https://hostile.test/authorize'}
    token: {url: 'https://hostile.test/token'}
    profile_calls: [{name: userinfo, url: 'https://hostile.test/userinfo'}]
    profile_fields: {subject: /sub}
    renewal: {kind: refresh_token_grant, rotation: always, lost_response_policy: never_retry}
    errors: [{where: token, body: {/error: invalid_grant}, outcome: revoked}]
)";
constexpr int kGrants = 60;

config::v1::App TestApp(const std::string& key, config::v1::App::KeepAliveMode mode) {
  config::v1::App app;
  app.set_key(key);
  app.set_keep_alive(mode);
  (*app.mutable_providers())["strict"].set_client_id("evertoken");
  (*app.mutable_providers())["strict"].set_client_secret("hostile");
  return app;
}

// One server's part of the test, on the loop that all share.
struct Server {
  std::unique_ptr<TokenStore> tokens;
  std::unique_ptr<DueQueue> due;
  std::unique_ptr<GrantCache> cache;
  std::unique_ptr<ResultIndex> results;
  std::unique_ptr<ProviderApi> providers;
  std::unique_ptr<Broker> broker;
};

class KeepAliveStoresTest : public testing::TestWithParam<const char*> {
 protected:
  KeepAliveStoresTest() {
    const auto catalog =
        ProviderCatalog::Parse({{"test.yaml", kCatalogue}}, /*allow_insecure_loopback=*/false);
    EXPECT_THAT(catalog.status(), IsOk());
    apps_ = std::make_unique<AppRegistry>(
        std::vector<config::v1::App>{TestApp("lively", config::v1::App::KEEP_ALIVE_MODE_PROACTIVE),
                                     TestApp("lazy", config::v1::App::KEEP_ALIVE_MODE_ON_DEMAND)},
        *catalog, keys_.get());
    EXPECT_THAT(egress_.Allow("https://hostile.test"), IsOk());
    http_.Serve("https://hostile.test", &site_);
    config::v1::Store config;
    std::string text = "sqlite { path: 'evertoken.db' }";
    if (std::string(GetParam()) == "redis") {
      redis_ = std::make_unique<RedisProcess>();
      text =
          absl::StrCat("redis { address: '127.0.0.1:", redis_->port(),
                       "' key_prefix: 't:' event_log_length: 3200 operation_timeout {seconds: 2} "
                       "wait_timeout {nanos: 100000000} }");
    }
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config));
    auto stores = StoreFactory::New(config, folder_.path(), &clock_);
    EXPECT_THAT(stores.status(), IsOk());
    stores_ = *std::move(stores);
    RunOn(&loop_, [this] {
      for (int i = 0; i < 2; ++i) servers_.push_back(NewServer());
    });
  }

  ~KeepAliveStoresTest() override {
    RunOn(&loop_, [this] {
      for (Server& server : servers_) server.broker->StopKeepAlive();
    });
    // Questions to the store that are under way keep their askers.
    EXPECT_THAT(AwaitOn(&loop_, UntilIdle(this, /*calls=*/0)), IsOk());
    loop_.Stop();
    servers_.clear();
  }

  Server NewServer() {
    Server server;
    Stores stores = stores_->MakeFor(&loop_);
    server.tokens = std::make_unique<SealingStore>(std::move(stores.tokens), keys_.get());
    server.due = std::move(stores.due);
    server.results = std::make_unique<ResultIndex>();
    server.cache = std::make_unique<GrantCache>(100, &clock_);
    server.providers = std::make_unique<ProviderApi>(&http_, &clock_, &egress_, absl::Seconds(15));
    BrokerParts parts;
    parts.executor = &loop_;
    parts.store = server.tokens.get();
    parts.providers = server.providers.get();
    parts.apps = apps_.get();
    parts.keys = keys_.get();
    parts.cache = server.cache.get();
    parts.clock = &clock_;
    parts.metrics = &metrics_;
    parts.journal = &journal_;
    parts.guard = &guard_;
    parts.results = server.results.get();
    parts.due = server.due.get();
    parts.keep_alive = {0, 1, /*rate=*/1000, /*concurrent=*/20};
    // The first look comes soon, and the next ones close together.
    parts.random = [] { return 0.01; };
    server.broker = std::make_unique<Broker>(parts);
    return server;
  }

  // A grant whose tokens came an hour ago and end in five minutes.
  SlotKey Seed(const std::string& app) {
    const absl::Time now = clock_.Now();
    const hostile::IssuedPair pair = *provider_.NewFamily(hostile::FamilyPolicy(), now);
    storage::v1::Grant grant;
    grant.set_grant_id(absl::StrCat("grant-", pair.family));
    grant.set_app(app);
    grant.set_provider("strict");
    grant.set_claimed(true);
    grant.set_state(v1::GRANT_STATE_ACTIVE);
    *grant.mutable_login_time() = ToTimestamp(now - absl::Hours(1));
    *grant.mutable_expire_time() = ToTimestamp(now + absl::Hours(24));
    grant.mutable_tokens()->set_access_token(pair.access_token);
    grant.mutable_tokens()->set_refresh_token(pair.refresh_token);
    *grant.mutable_tokens()->mutable_obtain_time() = ToTimestamp(now - absl::Hours(1));
    *grant.mutable_tokens()->mutable_access_expire_time() = ToTimestamp(now + absl::Minutes(5));
    GrantRepository grants(servers_[0].tokens.get(), keys_.get(), servers_[0].cache.get(),
                           apps_.get(), &clock_);
    const auto created =
        AwaitOn(&loop_, grants.Create(Secret(RandomGuid()), std::move(grant), absl::Hours(48)));
    EXPECT_THAT(created.status(), IsOk());
    return created->key;
  }

  storage::v1::Grant Stored(const SlotKey& key) {
    const auto slot = AwaitOn(&loop_, servers_[1].tokens->ReadGrant(key));
    storage::v1::Grant grant;
    EXPECT_TRUE(slot.ok() && grant.ParseFromString(slot->record)) << slot.status();
    return grant;
  }

  void StartWorkers() {
    RunOn(&loop_, [this] {
      for (Server& server : servers_) server.broker->StartKeepAlive();
    });
  }

  static Task<absl::Status> UntilIdle(KeepAliveStoresTest* test, int64_t calls) {
    // Only a guard against hanging.
    for (int i = 0; i < 60000; ++i) {
      bool idle = test->provider_.calls(hostile::Endpoint::kToken) >= calls;
      for (const Server& server : test->servers_) idle = idle && server.broker->in_flight() == 0;
      if (idle) co_return absl::OkStatus();
      co_await Delay(absl::Milliseconds(1));
    }
    co_return absl::DeadlineExceededError("the work did not end");
  }

  static Task<absl::Status> UntilEnded(KeepAliveStoresTest* test, SlotKey key) {
    for (int i = 0; i < 6000; ++i) {
      absl::StatusOr<GrantSlot> slot = co_await test->servers_[0].tokens->ReadGrant(key);
      if (slot.ok() && !slot->open_attempt.has_value()) co_return absl::OkStatus();
      co_await Delay(absl::Milliseconds(10));
    }
    co_return absl::DeadlineExceededError("nobody settled it");
  }

  TempDir folder_;
  std::unique_ptr<RedisProcess> redis_;
  SystemClock clock_;
  Metrics metrics_;
  MemoryJournal journal_;
  EgressPolicy egress_{/*allow_insecure_loopback=*/false};
  ProviderGuard guard_{{&clock_, &metrics_, [] { return 0.5; }}};
  std::unique_ptr<KeyRing> keys_ = *KeyRing::New(KeyRing::Generate("k1"));
  std::unique_ptr<AppRegistry> apps_;
  hostile::HostileProvider provider_{{}};
  hostile::ProviderSite site_{&provider_, "hostile"};
  hostile::HostileHttpClient http_{&clock_};
  std::unique_ptr<StoreFactory> stores_;
  EventLoop loop_{"test"};
  std::vector<Server> servers_;
};

TEST_P(KeepAliveStoresTest, TwoServersRenewEachDueGrantOnce) {
  std::vector<SlotKey> due;
  for (int i = 0; i < kGrants; ++i) due.push_back(Seed("lively"));
  const SlotKey on_demand = Seed("lazy");
  StartWorkers();
  ASSERT_THAT(AwaitOn(&loop_, UntilIdle(this, kGrants)), IsOk());
  for (const SlotKey& key : due) {
    EXPECT_EQ(Stored(key).tokens().generation(), 1);
    EXPECT_GT(FromTimestamp(Stored(key).expire_time()), clock_.Now() + absl::Hours(24 * 59));
  }
  EXPECT_EQ(Stored(on_demand).tokens().generation(), 0);
  EXPECT_EQ(provider_.calls(hostile::Endpoint::kToken), kGrants);
  EXPECT_EQ(provider_.book().CountOf(hostile::Verdict::kReused), 0);
}

// A holder that died: its attempt is found, and not repeated at a provider that forbids it.
TEST_P(KeepAliveStoresTest, OrphanIsSettledWithoutACaller) {
  const SlotKey key = Seed("lazy");
  const auto lease =
      AwaitOn(&loop_, servers_[0].tokens->BeginRenewal(key, "died", absl::Milliseconds(20)));
  ASSERT_TRUE(lease.ok() && lease->acquired);
  StartWorkers();
  ASSERT_THAT(AwaitOn(&loop_, UntilEnded(this, key)), IsOk());
  EXPECT_EQ(Stored(key).state(), v1::GRANT_STATE_AMBIGUOUS);
  EXPECT_EQ(provider_.calls(hostile::Endpoint::kToken), 0);
}

INSTANTIATE_TEST_SUITE_P(Stores, KeepAliveStoresTest, testing::Values("sqlite", "redis"),
                         [](const auto& store) { return std::string(store.param); });

}  // namespace
}  // namespace evertoken
