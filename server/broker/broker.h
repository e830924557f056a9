#ifndef EVERTOKEN_SERVER_BROKER_BROKER_H_
#define EVERTOKEN_SERVER_BROKER_BROKER_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "evertoken/v1/login_service.pb.h"
#include "evertoken/v1/token_service.pb.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/base/metrics.h"
#include "server/base/random_fraction.h"
#include "server/base/secret.h"
#include "server/base/task.h"
#include "server/broker/app_registry.h"
#include "server/broker/event_sink.h"
#include "server/broker/grant_cache.h"
#include "server/broker/keep_alive_worker.h"
#include "server/broker/provider_guard.h"
#include "server/broker/recent_results.h"
#include "server/broker/web_login.h"
#include "server/provider/provider_api.h"
#include "server/store/due_queue.h"
#include "server/store/event_log.h"
#include "server/store/journal/result_journal.h"
#include "server/store/key_ring.h"
#include "server/store/token_store.h"

namespace evertoken {

// Who asks: an authenticated app (of the AppRegistry) and the request it belongs to.
struct Caller {
  const config::v1::App* app = nullptr;
  RequestContext context;
};

// What a broker is built from. All must outlive it; `metrics` may be shared by brokers, the rest of the non-const ones may not,
// except `cache`.
struct BrokerParts {
  Executor* executor = nullptr;
  TokenStore* store = nullptr;  // a sealing one
  EventLog* events = nullptr;   // a sealing one; null where nobody watches
  ProviderApi* providers = nullptr;
  const AppRegistry* apps = nullptr;
  const KeyRing* keys = nullptr;
  GrantCache* cache = nullptr;
  const Clock* clock = nullptr;
  Metrics* metrics = nullptr;
  ResultJournal* journal = nullptr;  // shared by brokers
  ProviderGuard* guard = nullptr;    // shared by brokers
  ResultIndex* results = nullptr;    // shared by brokers
  absl::Duration provider_timeout = absl::Seconds(15);
  absl::Duration store_timeout = absl::Seconds(2);
  // For how long what memory knows is given out while the store cannot be asked.
  absl::Duration outage_reads = absl::Minutes(10);
  // Whether the store's failover can forget what it confirmed.
  bool store_may_forget = false;
  // For StartKeepAlive; null: it is not called.
  DueQueue* due = nullptr;
  KeepAliveShare keep_alive;
  std::function<double()> random = RandomFraction;  // draws from [0, 1)
};

// The use cases. One Broker lives on one executor and is called there; requests for one access token all go to the same one
// (see BrokerPool), which is what makes joining callers a matter of a map. Requests are valid: the edge has checked their shape.
// Errors carry an ErrorReason.
class Broker {
 public:
  explicit Broker(BrokerParts parts);
  ~Broker();

  Task<absl::StatusOr<v1::ExchangeTokenResponse>> ExchangeToken(Caller caller,
                                                                v1::ExchangeTokenRequest request);
  Task<absl::StatusOr<v1::RefreshTokenResponse>> RefreshToken(Caller caller,
                                                              v1::RefreshTokenRequest request);
  Task<absl::StatusOr<v1::GetRefreshedProfileResponse>> GetRefreshedProfile(
      Caller caller, v1::GetRefreshedProfileRequest request);
  Task<absl::StatusOr<v1::GetProviderTokenResponse>> GetProviderToken(
      Caller caller, v1::GetProviderTokenRequest request);
  Task<absl::StatusOr<v1::IntrospectTokenResponse>> IntrospectToken(
      Caller caller, v1::IntrospectTokenRequest request);
  Task<absl::StatusOr<v1::RevokeTokenResponse>> RevokeToken(Caller caller,
                                                            v1::RevokeTokenRequest request);

  // Streams the app's events into `sink`; ends with what the stream ends with, never OK. Watches of one app should be on one broker.
  Task<absl::Status> WatchGrantEvents(Caller caller, v1::WatchGrantEventsRequest request,
                                      std::shared_ptr<EventSink> sink);

  // For apps that own their callback. ListProviders needs no broker: see AppRegistry::BindingsOf.
  Task<absl::StatusOr<v1::StartLoginResponse>> StartLogin(Caller caller,
                                                          v1::StartLoginRequest request);
  Task<absl::StatusOr<v1::CompleteLoginResponse>> CompleteLogin(Caller caller,
                                                                v1::CompleteLoginRequest request);

  // For the browser.
  Task<absl::StatusOr<WebLoginStart>> StartWebLogin(WebLoginRequest request);
  Task<WebLoginResult> CompleteWebLogin(WebCallback callback);

  // Brings home what an earlier process left in the journal.
  void Replay(std::vector<ResultJournal::Entry> entries);
  // There is a connection to the store again: a failover may have forgotten its last writes.
  void OnStoreReconnected();

  // From now on grants that are due are tended without callers, until Stop, which is called on the executor. Start once, at most.
  void StartKeepAlive();
  void StopKeepAlive();

  // Whether the store answers.
  Task<absl::Status> CheckStore();

  // Work begun for callers, some of whom may have hung up; a drain waits for zero.
  int in_flight() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_BROKER_H_
