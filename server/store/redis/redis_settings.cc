#include "server/store/redis/redis_settings.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/proto_time.h"
#include "server/config/address_rules.h"

namespace evertoken {
namespace {

absl::Status Invalid(absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("store.redis.", field, ": ", problem));
}

std::string Resolve(const std::string& base_dir, const std::string& path) {
  return path.empty() ? path : (std::filesystem::path(base_dir) / path).string();
}

absl::StatusOr<RedisEndpoint> ParseEndpoint(absl::string_view field, const std::string& text) {
  const absl::StatusOr<HostPort> parsed = ParseHostPort(text);
  if (!parsed.ok()) return Invalid(field, parsed.status().message());
  if (parsed->port == 0) return Invalid(field, "must have a port from 1 to 65535");
  return RedisEndpoint{parsed->host, static_cast<uint16_t>(parsed->port)};
}

absl::Status ReadServers(const config::v1::Store::Redis& config, RedisOptions* options) {
  if (config.sentinels().empty() != config.sentinel_master().empty())
    return Invalid("sentinel_master", "and sentinels go together");
  if (!config.sentinels().empty() && !config.address().empty())
    return Invalid("address", "cannot be set with sentinels, which tell it");
  for (const std::string& sentinel : config.sentinels()) {
    absl::StatusOr<RedisEndpoint> endpoint = ParseEndpoint("sentinels", sentinel);
    if (!endpoint.ok()) return endpoint.status();
    options->sentinels.push_back(*std::move(endpoint));
  }
  options->sentinel_master = config.sentinel_master();
  if (config.address().empty()) return absl::OkStatus();
  const absl::StatusOr<RedisEndpoint> endpoint = ParseEndpoint("address", config.address());
  if (!endpoint.ok()) return endpoint.status();
  options->host = endpoint->host;
  options->port = endpoint->port;
  return absl::OkStatus();
}

absl::Status ReadKeyPrefix(const std::string& prefix, RedisOptions* options) {
  if (prefix.empty()) return absl::OkStatus();
  if (prefix.size() > 32) return Invalid("key_prefix", "must be 1 to 32 characters");
  // Braces name the part of a key that decides its hash slot; that is the grant's own part.
  if (absl::StrContains(prefix, "{") || absl::StrContains(prefix, "}"))
    return Invalid("key_prefix", "must not hold braces");
  options->key_prefix = prefix;
  return absl::OkStatus();
}

absl::Status ReadTimes(const config::v1::Store::Redis& config, RedisOptions* options) {
  absl::Duration& timeout = options->operation_timeout;
  if (config.has_operation_timeout()) timeout = FromDuration(config.operation_timeout());
  if (timeout < absl::Milliseconds(50) || timeout > absl::Seconds(30))
    return Invalid("operation_timeout", "must be 50ms to 30s");
  options->wait_replicas = config.wait_replicas();
  if (options->wait_replicas < 0 || options->wait_replicas > 5)
    return Invalid("wait_replicas", "must be 0 to 5");
  options->wait_timeout = config.has_wait_timeout() ? FromDuration(config.wait_timeout())
                                                    : std::min(options->wait_timeout, timeout / 2);
  // Beyond half, an answer that waits behind a confirmation would look like a dead server's.
  if (options->wait_timeout < absl::Milliseconds(10) || options->wait_timeout > timeout / 2)
    return Invalid("wait_timeout", "must be 10ms to half of operation_timeout");
  return absl::OkStatus();
}

absl::Status ReadEventLogLength(int64_t length, RedisOptions* options) {
  if (length == 0) return absl::OkStatus();
  if (length < 3200 || length > 100000000)
    return Invalid("event_log_length", "must be 3200 to 100000000");
  options->events_kept = length;
  return absl::OkStatus();
}

absl::Status ReadTls(const config::v1::Store::RedisTls& config, const std::string& base_dir,
                     RedisOptions* options) {
  if (!config.enabled()) return absl::OkStatus();
  // One name for all servers that the sentinels may name.
  if (!options->sentinels.empty() && config.server_name().empty())
    return Invalid("tls.server_name", "is required with sentinels");
  const RedisTls::Files files{Resolve(base_dir, config.ca()),
                              Resolve(base_dir, config.certificate()),
                              Resolve(base_dir, config.private_key())};
  absl::StatusOr<std::shared_ptr<const RedisTls>> tls =
      RedisTls::New(files, config.server_name().empty() ? options->host : config.server_name());
  if (!tls.ok()) return Invalid("tls", tls.status().message());
  options->tls = *std::move(tls);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const RedisOptions>> ReadRedisSettings(
    const config::v1::Store::Redis& config, const std::string& base_dir) {
  auto options = std::make_shared<RedisOptions>();
  if (config.database() < 0 || config.database() > 15)
    return Invalid("database", "must be 0 to 15");
  if (!config.username().empty() && config.password().empty())
    return Invalid("password", "is required with a username");
  options->username = config.username();
  options->password = Secret(config.password());
  options->database = config.database();
  options->near_cache = !config.no_near_cache();
  for (const absl::Status& status :
       {ReadServers(config, options.get()), ReadKeyPrefix(config.key_prefix(), options.get()),
        ReadTimes(config, options.get()),
        ReadEventLogLength(config.event_log_length(), options.get()),
        // After the address: its host is the default name.
        ReadTls(config.tls(), base_dir, options.get())}) {
    if (!status.ok()) return status;
  }
  return options;
}

}  // namespace evertoken
