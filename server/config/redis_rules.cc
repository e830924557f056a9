#include "server/config/redis_rules.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/proto_time.h"
#include "server/config/address_rules.h"

namespace evertoken {
namespace {

constexpr int kMostSentinels = 16;

void CheckEndpoint(absl::string_view path, absl::string_view text, RuleReporter* reporter) {
  const absl::StatusOr<HostPort> address = ParseHostPort(text);
  reporter->Expect(path, address.status());
  if (address.ok() && address->port == 0)
    reporter->Problem(path, "must have a port from 1 to 65535");
}

void CheckServers(const config::v1::Store::Redis& redis, RuleReporter* reporter) {
  if (redis.sentinels().empty()) {
    CheckEndpoint("store.redis.address", redis.address(), reporter);
    if (!redis.sentinel_master().empty())
      reporter->Problem("store.redis.sentinel_master", "needs `sentinels` to be asked for it");
    return;
  }
  if (!redis.address().empty())
    reporter->Problem("store.redis.address", "cannot be set with `sentinels`, which tell it");
  if (redis.sentinels_size() > kMostSentinels) {
    reporter->Problem("store.redis.sentinels",
                      absl::StrCat("must be at most ", kMostSentinels, " addresses"));
  }
  for (int i = 0; i < redis.sentinels_size(); ++i)
    CheckEndpoint(absl::StrCat("store.redis.sentinels[", i, "]"), redis.sentinels(i), reporter);
  reporter->IsName("store.redis.sentinel_master", redis.sentinel_master(), 64, ".-_");
  if (redis.tls().enabled() && redis.tls().server_name().empty()) {
    reporter->Problem("store.redis.tls.server_name",
                      "is required with `sentinels`: the name in the certificates of all servers");
  }
}

void CheckTimes(const config::v1::Store::Redis& redis, RuleReporter* reporter) {
  reporter->InRange("store.redis.operation_timeout", redis.operation_timeout(),
                    absl::Milliseconds(50), absl::Seconds(30), "50ms to 30s");
  reporter->InRange("store.redis.wait_replicas", redis.wait_replicas(), 0, 5);
  reporter->InRange("store.redis.wait_timeout", redis.wait_timeout(), absl::Milliseconds(10),
                    FromDuration(redis.operation_timeout()) / 2,
                    "10ms to half of operation_timeout");
}

void CheckTls(const config::v1::Store::RedisTls& tls, RuleReporter* reporter) {
  if (tls.certificate().empty() != tls.private_key().empty()) {
    const absl::string_view missing = tls.certificate().empty() ? "certificate" : "private_key";
    reporter->Problem(absl::StrCat("store.redis.tls.", missing),
                      "is required: certificate and private_key go together");
  }
  const bool set = !tls.ca().empty() || !tls.certificate().empty() || !tls.private_key().empty() ||
                   !tls.server_name().empty();
  if (set && !tls.enabled()) {
    reporter->Problem("store.redis.tls.enabled",
                      "must be true for the other settings of tls to have an effect");
  }
}

}  // namespace

void CheckRedis(const config::v1::Store::Redis& redis, RuleReporter* reporter) {
  CheckServers(redis, reporter);
  CheckTimes(redis, reporter);
  reporter->InRange("store.redis.database", redis.database(), 0, 15);
  if (redis.key_prefix().size() > 32)
    reporter->Problem("store.redis.key_prefix", "must be 1 to 32 characters");
  if (!redis.username().empty() && redis.password().empty())
    reporter->Problem("store.redis.password", "is required with a username");
  reporter->InRange("store.redis.event_log_length", redis.event_log_length(), 3200, 100000000);
  CheckTls(redis.tls(), reporter);
}

}  // namespace evertoken
