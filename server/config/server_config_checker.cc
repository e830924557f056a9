#include "server/config/server_config_checker.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/config/address_rules.h"
#include "server/config/app_rules.h"
#include "server/config/redis_rules.h"
#include "server/config/rule_reporter.h"

namespace evertoken {
namespace {

using config::v1::ServerConfig;

void CheckTls(const std::string& path, const config::v1::Tls& tls, RuleReporter* reporter) {
  if (tls.certificate().empty())
    reporter->Problem(absl::StrCat(path, ".certificate"), "is required with tls");
  if (tls.private_key().empty())
    reporter->Problem(absl::StrCat(path, ".private_key"), "is required with tls");
}

void CheckGrpc(const config::v1::Grpc& grpc, RuleReporter* reporter) {
  const absl::StatusOr<HostPort> address = ParseHostPort(grpc.listen());
  reporter->Expect("grpc.listen", address.status());
  if (grpc.has_tls()) {
    CheckTls("grpc.tls", grpc.tls(), reporter);
  } else if (address.ok() && !IsLoopbackHost(address->host) && !grpc.allow_plaintext()) {
    reporter->Problem(
        "grpc.listen",
        "would speak plaintext beyond this machine: set grpc.tls, or listen on loopback, or set "
        "grpc.allow_plaintext when a mesh or proxy ends TLS");
  }
  reporter->InRange("grpc.max_request_bytes", grpc.max_request_bytes(), 4096, 4194304);
}

void CheckWeb(const ServerConfig& config, RuleReporter* reporter) {
  const config::v1::Web& web = config.web();
  if (web.listen() != "off") reporter->Expect("web.listen", ParseHostPort(web.listen()).status());
  if (!web.public_url().empty()) reporter->Expect("web.public_url", CheckOrigin(web.public_url()));
  if (web.has_tls()) {
    CheckTls("web.tls", web.tls(), reporter);
    if (!web.tls().client_ca().empty()) {
      reporter->Problem("web.tls.client_ca",
                        "is for the gRPC listener only: browsers do not sign in by certificate");
    }
  }
  const bool known =
      std::any_of(config.apps().begin(), config.apps().end(),
                  [&](const config::v1::App& app) { return app.key() == web.default_app(); });
  if (!web.default_app().empty() && !known)
    reporter->Problem("web.default_app", "is the key of no app in `apps`");
}

void CheckReloading(const config::v1::ServerConfig& config, RuleReporter* reporter) {
  reporter->InRange("catalog_reload_interval", config.catalog_reload_interval(),
                    absl::ZeroDuration(), absl::Hours(1), "0s to 1h");
}

void CheckLimits(const config::v1::Limits& limits, RuleReporter* reporter) {
  reporter->InRange("limits.event_loops", limits.event_loops(), 1, 64);
  reporter->InRange("limits.in_flight_requests", limits.in_flight_requests(), 10, 1000000);
  reporter->InRange("limits.drain_timeout", limits.drain_timeout(), absl::ZeroDuration(),
                    absl::Minutes(10), "0s to 10m");
  reporter->InRange("limits.cached_grants", limits.cached_grants(), 0, 10000000);
  reporter->InRange("limits.logins_per_second", limits.logins_per_second(), 1, 100000);
  reporter->InRange("limits.event_streams", limits.event_streams(), 1, 100000);
  reporter->InRange("limits.event_streams_per_app", limits.event_streams_per_app(), 1, 100000);
}

void CheckOutbound(const config::v1::Outbound& outbound, RuleReporter* reporter) {
  reporter->InRange("outbound.timeout", outbound.timeout(), absl::Milliseconds(100),
                    absl::Minutes(5), "100ms to 5m");
  reporter->InRange("outbound.max_reply_bytes", outbound.max_reply_bytes(), 1024, 16777216);
  reporter->InRange("outbound.connections_per_host", outbound.connections_per_host(), 1, 10000);
}

// Also false for what is no number.
bool IsKeepAliveRate(double rate) { return rate >= 0.1 && rate <= 100000; }

void CheckKeepAlive(const config::v1::KeepAlive& keep_alive, RuleReporter* reporter) {
  if (!IsKeepAliveRate(keep_alive.rate())) {
    reporter->Problem(
        "keep_alive.rate",
        absl::StrCat("must be 0.1 to 100000 renewals a second, is ", keep_alive.rate(),
                     "; apps that are not to be renewed say `keep_alive: on_demand`"));
  }
  reporter->InRange("keep_alive.concurrent", keep_alive.concurrent(), 1, 100000);
}

}  // namespace

void CheckServerConfig(const ServerConfig& config, const ConfigSources& sources,
                       std::vector<ConfigProblem>* problems) {
  RuleReporter reporter(&sources, problems);
  CheckGrpc(config.grpc(), &reporter);
  CheckWeb(config, &reporter);
  reporter.InRange("store.outage_reads", config.store().outage_reads(), absl::ZeroDuration(),
                   absl::Hours(1), "0s to 1h");
  if (config.store().has_redis()) CheckRedis(config.store().redis(), &reporter);
  if (config.key_ring().empty()) {
    reporter.Problem(
        "key_ring",
        "is required: the path of a file that `evertoken keys generate --out FILE` makes");
  }
  for (int i = 0; i < config.catalogs_size(); ++i) {
    if (config.catalogs(i).empty())
      reporter.Problem(absl::StrCat("catalogs[", i, "]"), "must not be empty");
  }
  CheckApps(config, &reporter);
  CheckReloading(config, &reporter);
  CheckLimits(config.limits(), &reporter);
  CheckOutbound(config.outbound(), &reporter);
  CheckKeepAlive(config.keep_alive(), &reporter);
}

}  // namespace evertoken
