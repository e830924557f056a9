#include "server/store/redis/redis_settings.h"

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

absl::Status ReadAddress(const std::string& address, RedisOptions* options) {
  if (address.empty()) return absl::OkStatus();
  const absl::StatusOr<HostPort> parsed = ParseHostPort(address);
  if (!parsed.ok()) return Invalid("address", parsed.status().message());
  if (parsed->port == 0) return Invalid("address", "must have a port from 1 to 65535");
  options->host = parsed->host;
  options->port = static_cast<uint16_t>(parsed->port);
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

absl::Status ReadTimeout(const config::v1::Store::Redis& config, RedisOptions* options) {
  if (!config.has_operation_timeout()) return absl::OkStatus();
  options->operation_timeout = FromDuration(config.operation_timeout());
  if (options->operation_timeout >= absl::Milliseconds(50) &&
      options->operation_timeout <= absl::Seconds(30)) {
    return absl::OkStatus();
  }
  return Invalid("operation_timeout", "must be 50ms to 30s");
}

absl::Status ReadTls(const config::v1::Store::RedisTls& config, const std::string& base_dir,
                     RedisOptions* options) {
  if (!config.enabled()) return absl::OkStatus();
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
       {ReadAddress(config.address(), options.get()),
        ReadKeyPrefix(config.key_prefix(), options.get()), ReadTimeout(config, options.get()),
        // After the address: its host is the default name.
        ReadTls(config.tls(), base_dir, options.get())}) {
    if (!status.ok()) return status;
  }
  return options;
}

}  // namespace evertoken
