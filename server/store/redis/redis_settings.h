#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_SETTINGS_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_SETTINGS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/store/redis/redis_options.h"

namespace evertoken {

// The configured settings with their defaults. INVALID_ARGUMENT, naming the field, for what cannot work: a bad address, a value
// out of range, a certificate file that cannot be used. Relative paths count from `base_dir`.
absl::StatusOr<std::shared_ptr<const RedisOptions>> ReadRedisSettings(
    const config::v1::Store::Redis& config, const std::string& base_dir);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_SETTINGS_H_
