#ifndef EVERTOKEN_TESTS_BROKER_BROKER_FIXTURE_H_
#define EVERTOKEN_TESTS_BROKER_BROKER_FIXTURE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/broker/app_registry.h"
#include "server/broker/broker.h"
#include "server/broker/grant_cache.h"
#include "server/broker/grant_repository.h"
#include "server/broker/provider_guard.h"
#include "server/http/egress_policy.h"
#include "server/provider/provider_api.h"
#include "server/store/due_queue.h"
#include "server/store/key_ring.h"
#include "server/store/memory/memory_backend.h"
#include "server/store/sealing_store.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_token_endpoint.h"
#include "tests/fakes/faulty_store.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/memory_journal.h"

namespace evertoken {

constexpr char kTokenUrl[] = "https://idp.test/token";
constexpr char kProfileUrl[] = "https://idp.test/me";
constexpr char kRevokeUrl[] = "https://idp.test/revoke";
constexpr char kLookUrl[] = "https://idp.test/look";
constexpr char kPairsUrl[] = "https://pairs.test/token";

// One server process of a test: its own broker, cache and connection to the shared store.
struct Replica {
  FaultyStore* faults = nullptr;  // of `store`
  std::unique_ptr<TokenStore> store;
  std::unique_ptr<DueQueue> due;
  std::unique_ptr<GrantCache> cache;
  ResultIndex results;
  std::unique_ptr<ProviderApi> providers;
  std::unique_ptr<Broker> broker;
};

// The real broker, provider layer, sealing and memory store, in virtual time, against a scripted provider. Nothing is faked but
// time, network and the store's faults.
//
// Catalogue entries (all with a rotating refresh grant at kTokenUrl and a profile at kProfileUrl): `never`, `once`, `grace` (30 s) and
// `harmless` by lost_response_policy; `immortal` (liveness check); `openid`, which has an issuer; `callless`, the same without profile calls; `needy`, as `never`, whose revocation needs a living token; `ending`, as `never`,
// whose renewals end the access token, too; `looked`, as `never`, whose access tokens can be looked at, at kLookUrl; `watched`, as `looked`, where that is
// wanted every hour, and renewals after a refusal alone; `pairs`, as `never`, whose logins at kPairsUrl bring a pair for a `bot` beside that
// under /user. Apps: `app`, `other`, and `lively`,
// which keeps its grants alive.
class BrokerFixture {
 public:
  BrokerFixture();

  // Another replica on the same store. `share`: of the work on the due queue, once its broker is told to begin with it.
  std::unique_ptr<Replica> NewReplica(KeepAliveShare share = KeepAliveShare());

  // A grant as a finished login leaves it, with refresh token `refresh-0`; gives its access token.
  std::string SeedGrant(const std::string& provider, const std::string& app = "app");
  // The grant as the store has it.
  storage::v1::Grant Stored(const std::string& access_token);
  SlotKey KeyOf(const std::string& access_token) const;

  Caller App() const;

  v1::RefreshTokenRequest RefreshRequest(const std::string& access_token) const;
  absl::StatusOr<v1::RefreshTokenResponse> Refresh(const std::string& access_token);
  absl::StatusOr<v1::GetRefreshedProfileResponse> Profile(const std::string& access_token);

  FakeClock clock;
  ManualExecutor executor{&clock};
  FakeHttpClient http;
  FakeTokenEndpoint idp{&http, kTokenUrl};
  EgressPolicy egress{/*allow_insecure_loopback=*/false};
  Metrics metrics;
  MemoryBackend backend{&clock};
  MemoryJournal journal;
  ProviderGuard guard{{&clock, &metrics, [] { return 0.5; }}};
  std::unique_ptr<KeyRing> keys;
  std::unique_ptr<AppRegistry> apps;
  std::unique_ptr<Replica> replica;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_BROKER_BROKER_FIXTURE_H_
