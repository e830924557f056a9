#include "server/config/server_config_defaults.h"

#include <algorithm>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/base/proto_time.h"
#include "server/config/address_rules.h"

namespace evertoken {
namespace {

using config::v1::App;
using config::v1::Logging;

void FillListeners(config::v1::ServerConfig* config) {
  config::v1::Grpc* grpc = config->mutable_grpc();
  if (grpc->listen().empty()) grpc->set_listen("127.0.0.1:8443");
  if (!grpc->has_max_request_bytes()) grpc->set_max_request_bytes(65536);
  config::v1::Web* web = config->mutable_web();
  if (web->listen().empty()) web->set_listen("127.0.0.1:8080");
  if (web->default_app().empty() && config->apps_size() > 0)
    web->set_default_app(config->apps(0).key());
  const absl::StatusOr<HostPort> address = ParseHostPort(web->listen());
  if (web->public_url().empty() && address.ok() && address->port != 0) {
    web->set_public_url(
        absl::StrCat(web->has_tls() ? "https" : "http", "://localhost:", address->port));
  }
}

void FillStore(config::v1::Store* store) {
  if (store->kind_case() == config::v1::Store::KIND_NOT_SET) store->mutable_sqlite();
  if (store->has_sqlite() && store->sqlite().path().empty())
    store->mutable_sqlite()->set_path("data/evertoken.db");
  if (!store->has_outage_reads()) *store->mutable_outage_reads() = ToDuration(absl::Minutes(10));
  if (!store->has_redis()) return;
  config::v1::Store::Redis* redis = store->mutable_redis();
  if (redis->address().empty() && redis->sentinels().empty()) redis->set_address("127.0.0.1:6379");
  if (redis->key_prefix().empty()) redis->set_key_prefix("evertoken:");
  if (!redis->has_operation_timeout())
    *redis->mutable_operation_timeout() = ToDuration(absl::Seconds(2));
  if (!redis->has_wait_timeout()) {
    *redis->mutable_wait_timeout() =
        ToDuration(std::min(absl::Milliseconds(100), FromDuration(redis->operation_timeout()) / 2));
  }
  if (redis->event_log_length() == 0) redis->set_event_log_length(200000);
}

void FillApp(App* app) {
  if (app->display_name().empty()) app->set_display_name(app->key());
  // access_token_ttl stays unset: an expiry that rests on a default is told as DEFAULT, not as the app's.
  if (app->request_token_delivery() == App::DELIVERY_UNSPECIFIED)
    app->set_request_token_delivery(App::DELIVERY_QUERY);
  if (app->keep_alive() == App::KEEP_ALIVE_MODE_UNSPECIFIED)
    app->set_keep_alive(App::KEEP_ALIVE_MODE_ON_DEMAND);
}

void FillLimits(config::v1::Limits* limits) {
  if (!limits->has_event_loops()) {
    limits->set_event_loops(
        static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 64u)));
  }
  if (!limits->has_in_flight_requests()) limits->set_in_flight_requests(20000);
  if (!limits->has_drain_timeout())
    *limits->mutable_drain_timeout() = ToDuration(absl::Seconds(20));
  if (!limits->has_cached_grants()) limits->set_cached_grants(100000);
  if (!limits->has_logins_per_second()) limits->set_logins_per_second(100);
  if (!limits->has_event_streams()) limits->set_event_streams(1000);
  if (!limits->has_event_streams_per_app()) limits->set_event_streams_per_app(100);
}

void FillKeepAlive(config::v1::KeepAlive* keep_alive) {
  if (!keep_alive->has_rate()) keep_alive->set_rate(200);
  if (!keep_alive->has_concurrent()) keep_alive->set_concurrent(500);
}

void FillOutbound(config::v1::Outbound* outbound) {
  if (!outbound->has_timeout()) *outbound->mutable_timeout() = ToDuration(absl::Seconds(15));
  if (!outbound->has_max_reply_bytes()) outbound->set_max_reply_bytes(1 << 20);
  if (!outbound->has_connections_per_host()) outbound->set_connections_per_host(64);
}

}  // namespace

void FillDefaults(config::v1::ServerConfig* config) {
  FillListeners(config);
  FillStore(config->mutable_store());
  if (config->catalogs().empty()) config->add_catalogs(kShippedCatalog);
  for (App& app : *config->mutable_apps()) FillApp(&app);
  if (!config->has_catalog_reload_interval())
    *config->mutable_catalog_reload_interval() = ToDuration(absl::Seconds(5));
  FillLimits(config->mutable_limits());
  if (config->logging().level() == Logging::LEVEL_UNSPECIFIED)
    config->mutable_logging()->set_level(Logging::LEVEL_INFO);
  FillOutbound(config->mutable_outbound());
  if (config->journal_dir().empty()) config->set_journal_dir("data/journal");
  FillKeepAlive(config->mutable_keep_alive());
}

}  // namespace evertoken
