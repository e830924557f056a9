#include "server/server.h"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/event_loop.h"
#include "server/base/log.h"
#include "server/base/metrics.h"
#include "server/base/proto_time.h"
#include "server/base/random_fraction.h"
#include "server/broker/app_registry.h"
#include "server/broker/broker.h"
#include "server/broker/broker_pool.h"
#include "server/broker/grant_cache.h"
#include "server/broker/provider_guard.h"
#include "server/catalog_reload.h"
#include "server/catalog_watch.h"
#include "server/config/file_text.h"
#include "server/http/curl_http_client.h"
#include "server/http/egress_policy.h"
#include "server/provider/provider_api.h"
#include "server/rpc/grpc_server.h"
#include "server/store/due_queue.h"
#include "server/store/journal/file_journal.h"
#include "server/store/sealing_event_log.h"
#include "server/store/sealing_store.h"
#include "server/store/store_factory.h"
#include "server/store_watch.h"
#include "server/version.h"
#include "server/web/web_server.h"

namespace evertoken {
namespace {

// How long a store may be away before other replicas are the better choice, should they still have it.
constexpr absl::Duration kReadyWithoutStore = absl::Seconds(30);
constexpr absl::Duration kIdlePoll = absl::Milliseconds(5);

// What lives on one loop. Members die from the last to the first, after the loop has stopped.
struct Seat {
  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<HttpClient> http;
  std::unique_ptr<ProviderApi> providers;
  std::unique_ptr<TokenStore> store;
  std::unique_ptr<DueQueue> due;
  std::unique_ptr<EventLog> events;
  std::unique_ptr<Broker> broker;
};

// What `decorate`, if there is one, makes of a part.
template <typename Part>
std::unique_ptr<Part> Decorated(const Decorator<Part>& decorate, std::unique_ptr<Part> part) {
  return decorate == nullptr ? std::move(part) : decorate(std::move(part));
}

CurlOptions OutboundOptions(const config::v1::Outbound& outbound, const std::string& base_dir) {
  CurlOptions options;
  options.max_reply_bytes = static_cast<size_t>(outbound.max_reply_bytes());
  options.connections_per_host = outbound.connections_per_host();
  if (!outbound.ca().empty()) options.extra_ca_file = PathFrom(base_dir, outbound.ca());
  options.user_agent = absl::StrCat("evertoken/", kVersion);
  return options;
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerFiles files, ServerDecorators decorators)
      : files_(std::move(files)),
        decorators_(std::move(decorators)),
        egress_(files_.config.outbound().allow_insecure_loopback()),
        cache_(static_cast<size_t>(files_.config.limits().cached_grants()), &clock_),
        apps_({files_.config.apps().begin(), files_.config.apps().end()}, files_.catalog.catalog,
              files_.key_ring.get()) {}

  ~Impl() { Drain(absl::ZeroDuration()); }

  absl::Status Start() {
    absl::StatusOr<std::unique_ptr<StoreFactory>> stores =
        StoreFactory::New(files_.config.store(), files_.base_dir, &clock_);
    if (!stores.ok()) return stores.status();
    stores_ = *std::move(stores);
    absl::StatusOr<std::unique_ptr<FileJournal>> journal = FileJournal::Open(
        PathFrom(files_.base_dir, files_.config.journal_dir()), files_.key_ring.get());
    if (!journal.ok()) return journal.status();
    journal_ = Decorated<ResultJournal>(decorators_.journal, *std::move(journal));
    for (int i = 0; i < files_.config.limits().event_loops(); ++i) seats_.push_back(MakeSeat(i));
    pool_ =
        std::make_unique<BrokerPool>(PoolSeats(), &cache_, &apps_, files_.key_ring.get(), &clock_);
    absl::Status status = StartGrpc();
    if (status.ok()) status = StartWeb();
    if (status.ok()) StartWatch();
    if (status.ok()) StartCatalogWatch();
    if (status.ok()) ReplayJournal();
    if (status.ok()) StartKeepAlive();
    return status;
  }

  void Drain() { Drain(FromDuration(files_.config.limits().drain_timeout())); }

  void ReloadCatalog() {
    if (catalog_watch_ != nullptr) catalog_watch_->LookNow();
  }

  int grpc_port() const { return grpc_port_; }
  int web_port() const { return web_port_; }
  bool ready() const { return ready_; }

 private:
  Seat MakeSeat(int number) {
    const config::v1::Outbound& outbound = files_.config.outbound();
    const absl::Duration timeout = FromDuration(outbound.timeout());
    Seat seat;
    seat.loop = std::make_unique<EventLoop>(absl::StrCat("loop-", number));
    auto curl = std::make_unique<CurlHttpClient>(seat.loop.get(), &egress_,
                                                 OutboundOptions(outbound, files_.base_dir));
    seat.http = Decorated<HttpClient>(decorators_.http, std::move(curl));
    seat.providers = std::make_unique<ProviderApi>(seat.http.get(), &clock_, &egress_, timeout);
    Stores stores = stores_->MakeFor(seat.loop.get());
    seat.store = std::make_unique<SealingStore>(
        Decorated<TokenStore>(decorators_.store, std::move(stores.tokens)), files_.key_ring.get());
    seat.due = Decorated<DueQueue>(decorators_.due, std::move(stores.due));
    seat.events =
        std::make_unique<SealingEventLog>(std::move(stores.events), files_.key_ring.get());
    BrokerParts parts;
    parts.executor = seat.loop.get();
    parts.store = seat.store.get();
    parts.events = seat.events.get();
    parts.providers = seat.providers.get();
    parts.apps = &apps_;
    parts.keys = files_.key_ring.get();
    parts.cache = &cache_;
    parts.clock = &clock_;
    parts.metrics = &metrics_;
    parts.journal = journal_.get();
    parts.guard = &guard_;
    parts.results = &results_;
    parts.provider_timeout = timeout;
    parts.outage_reads = FromDuration(files_.config.store().outage_reads());
    parts.store_may_forget = files_.config.store().has_redis();
    parts.due = seat.due.get();
    parts.keep_alive = {number, files_.config.limits().event_loops(),
                        files_.config.keep_alive().rate(), files_.config.keep_alive().concurrent()};
    if (parts.store_may_forget)
      parts.store_timeout = FromDuration(files_.config.store().redis().operation_timeout());
    seat.broker = std::make_unique<Broker>(parts);
    Listen(seat);
    return seat;
  }

  void Listen(const Seat& seat) {
    seat.store->SetInvalidationListener(
        [this](const std::optional<SlotKey>& key) { cache_.Invalidate(key); });
    seat.store->SetReconnectListener([loop = seat.loop.get(), broker = seat.broker.get()] {
      loop->Post([broker] { broker->OnStoreReconnected(); });
    });
  }

  void ReplayJournal() {
    Broker* const broker = seats_.front().broker.get();
    seats_.front().loop->Post([this, broker] { broker->Replay(journal_->TakeRecovered()); });
  }

  void StartKeepAlive() {
    for (const Seat& seat : seats_)
      seat.loop->Post([broker = seat.broker.get()] { broker->StartKeepAlive(); });
  }

  std::vector<BrokerPool::Seat> PoolSeats() const {
    std::vector<BrokerPool::Seat> seats;
    for (const Seat& seat : seats_) seats.push_back({seat.loop.get(), seat.broker.get()});
    return seats;
  }

  absl::Status StartGrpc() {
    GrpcServerParts parts;
    parts.brokers = pool_.get();
    parts.apps = &apps_;
    parts.clock = &clock_;
    parts.metrics = &metrics_;
    parts.in_flight_requests = files_.config.limits().in_flight_requests();
    parts.watches = files_.config.limits().event_streams();
    parts.watches_per_app = files_.config.limits().event_streams_per_app();
    absl::StatusOr<std::unique_ptr<GrpcServer>> grpc =
        GrpcServer::Start(files_.config.grpc(), files_.base_dir, parts);
    if (!grpc.ok()) return grpc.status();
    grpc_ = *std::move(grpc);
    grpc_port_ = grpc_->port();
    return absl::OkStatus();
  }

  absl::Status StartWeb() {
    WebServerParts parts;
    for (const Seat& seat : seats_) parts.loops.push_back(seat.loop.get());
    parts.brokers = pool_.get();
    parts.apps = &apps_;
    parts.metrics = &metrics_;
    parts.ready = [this] { return ready(); };
    parts.clock = &clock_;
    parts.logins_per_second = files_.config.limits().logins_per_second();
    absl::StatusOr<std::unique_ptr<WebServer>> web =
        WebServer::Start(files_.config.web(), files_.base_dir, parts);
    if (!web.ok()) return web.status();
    web_ = *std::move(web);
    web_port_ = web_->port();
    return absl::OkStatus();
  }

  void StartWatch() {
    const Seat& seat = seats_.front();
    watch_ = std::make_unique<StoreWatch>(
        seat.loop.get(), &clock_,
        std::min(kReadyWithoutStore, FromDuration(files_.config.store().outage_reads())),
        [broker = seat.broker.get()] { return broker->CheckStore(); },
        [this](bool ready) {
          ready_ = ready;
          grpc_->SetReady(ready);
        });
    watch_->Start();
  }

  void StartCatalogWatch() {
    CatalogReload::Parts parts;
    parts.fingerprint = [this] { return files_.catalog_files.Fingerprint(); };
    parts.read = [this] {
      return ReloadCatalogs(files_.config, files_.sources, files_.catalog_files);
    };
    parts.use = [this](std::shared_ptr<const ProviderCatalog> catalog) {
      apps_.UseCatalog(std::move(catalog));
    };
    parts.clock = &clock_;
    parts.metrics = &metrics_;
    for (const config::v1::App& app : files_.config.apps()) {
      for (const auto& [provider, unused] : app.providers()) parts.in_use.insert(provider);
    }
    catalog_reload_ = std::make_unique<CatalogReload>(std::move(parts), files_.catalog,
                                                      files_.catalog_fingerprint);
    catalog_watch_ = std::make_unique<CatalogWatch>(
        seats_.front().loop.get(), FromDuration(files_.config.catalog_reload_interval()),
        [this](bool forced) { catalog_reload_->Look(forced); });
    catalog_watch_->Start();
  }

  void Drain(absl::Duration timeout) {
    if (drained_) return;
    drained_ = true;
    const absl::Time deadline = clock_.Now() + timeout;
    StopWatch();
    if (catalog_watch_ != nullptr) catalog_watch_->Stop();
    StopKeepAlive();
    DrainEdges(timeout);
    WaitForWork(deadline);
    // Requests of the edges run on the loops until the edges are gone; what lives on the loops is used by nobody once they stopped.
    web_.reset();
    grpc_.reset();
    for (Seat& seat : seats_) seat.loop->Stop();
    // Its thread wakes those who wait for the disk, on loops that still exist.
    journal_.reset();
    pool_.reset();
    watch_.reset();
    catalog_watch_.reset();
    seats_.clear();
  }

  // The watch speaks to the gRPC server from its loop: after this it does not any more.
  void StopWatch() {
    if (watch_ == nullptr) return;
    watch_->Stop();
    absl::Notification passed;
    seats_.front().loop->Post([this, &passed] {
      ready_ = false;
      passed.Notify();
    });
    passed.WaitForNotification();
  }

  // After this nothing begins that WaitForWork could miss.
  void StopKeepAlive() {
    for (const Seat& seat : seats_) {
      absl::Notification stopped;
      seat.loop->Post([broker = seat.broker.get(), &stopped] {
        broker->StopKeepAlive();
        stopped.Notify();
      });
      stopped.WaitForNotification();
    }
  }

  // Both at once: one must not use up the other's time.
  void DrainEdges(absl::Duration timeout) {
    std::thread web([this, timeout] {
      if (web_ != nullptr) web_->Drain(timeout);
    });
    if (grpc_ != nullptr) grpc_->Drain(timeout);
    web.join();
  }

  // Work whose caller hung up may hold a token that was spent: it is waited for as well.
  void WaitForWork(absl::Time deadline) {
    if (pool_ == nullptr) return;
    absl::Notification over;
    seats_.front().loop->Post([this, deadline, &over] { NotifyWhenIdle(deadline, &over); });
    over.WaitForNotification();
    const int left = pool_->in_flight();
    if (left > 0) Log(LogLevel::kWarn, "drain_incomplete", {{"in_flight", left}});
  }

  void NotifyWhenIdle(absl::Time deadline, absl::Notification* over) {
    if (pool_->in_flight() == 0 || clock_.Now() >= deadline) return over->Notify();
    seats_.front().loop->RunAfter(kIdlePoll,
                                  [this, deadline, over] { NotifyWhenIdle(deadline, over); });
  }

  ServerFiles files_;
  const ServerDecorators decorators_;
  SystemClock clock_;
  Metrics metrics_;
  EgressPolicy egress_;
  GrantCache cache_;
  AppRegistry apps_;
  std::unique_ptr<StoreFactory> stores_;
  std::unique_ptr<ResultJournal> journal_;
  ResultIndex results_;
  ProviderGuard guard_{{&clock_, &metrics_, RandomFraction}};
  std::vector<Seat> seats_;
  std::unique_ptr<BrokerPool> pool_;
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<WebServer> web_;
  std::unique_ptr<StoreWatch> watch_;
  std::unique_ptr<CatalogReload> catalog_reload_;
  std::unique_ptr<CatalogWatch> catalog_watch_;
  std::atomic<bool> ready_{false};
  bool drained_ = false;
  int grpc_port_ = 0;
  int web_port_ = 0;
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerFiles files,
                                                      ServerDecorators decorators) {
  auto impl = std::make_unique<Impl>(std::move(files), std::move(decorators));
  absl::Status status = impl->Start();
  if (!status.ok()) return status;
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

int Server::grpc_port() const { return impl_->grpc_port(); }
int Server::web_port() const { return impl_->web_port(); }
bool Server::ready() const { return impl_->ready(); }
void Server::ReloadCatalog() { impl_->ReloadCatalog(); }
void Server::Drain() { impl_->Drain(); }

}  // namespace evertoken
