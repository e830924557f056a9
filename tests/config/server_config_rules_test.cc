// One row for each rule that server_config.proto states: what breaks it, and what is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/config/server_config_loader.h"

namespace evertoken {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Rule {
  const char* name;
  const char* app;   // lines of the app, indented by four
  const char* rest;  // the other sections
  const char* path;  // "": fine
  const char* what;
};

std::string Yaml(const Rule& rule) {
  std::string app = rule.app;
  if (!absl::StrContains(app, "secret_hashes:")) absl::StrAppend(&app, "    secret_hashes: [$H]\n");
  const std::string key = absl::StrContains(app, "    key:") ? "  -\n" : "  - key: shop\n";
  const std::string yaml =
      absl::StrCat(absl::StrContains(rule.rest, "key_ring:") ? "" : "key_ring: keys.yaml\n",
                   "apps:\n", key, app, rule.rest);
  return absl::StrReplaceAll(yaml, {{"$H", "key-1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
                                    {"$D", "key-1.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"}});
}

class ServerConfigRulesTest : public ::testing::TestWithParam<Rule> {};

TEST_P(ServerConfigRulesTest, Holds) {
  const std::string yaml = Yaml(GetParam());
  std::vector<ConfigProblem> problems;
  ParseServerConfig(yaml, "f", {}, &problems);
  const std::string all(ProblemsToStatus(problems).message());
  if (*GetParam().path == '\0') {
    EXPECT_THAT(problems, IsEmpty()) << yaml << all;
    return;
  }
  ASSERT_EQ(problems.size(), 1u) << yaml << all;
  EXPECT_EQ(problems[0].path, GetParam().path);
  EXPECT_THAT(problems[0].what, HasSubstr(GetParam().what));
  EXPECT_GT(problems[0].line, 0);
}

std::string NameOf(const ::testing::TestParamInfo<Rule>& info) { return info.param.name; }

const Rule kListenerRules[] = {
    {"GrpcAddress", "", "grpc: {listen: '8443'}\n", "grpc.listen", "host:port"},
    {"PlaintextOnLoopback", "", "grpc: {listen: '[::1]:0'}\n", "", ""},
    {"PlaintextBeyondLoopback", "", "grpc: {listen: '[::]:8443'}\n", "grpc.listen", "plaintext"},
    {"PlaintextPermitted", "", "grpc: {listen: '0.0.0.0:8443', allow_plaintext: true}\n", "", ""},
    {"TlsBeyondLoopback", "",
     "grpc: {listen: '0.0.0.0:8443', tls: {certificate: c, private_key: k}}\n", "", ""},
    {"TlsCertificate", "", "grpc: {tls: {private_key: k}}\n", "grpc.tls.certificate",
     "is required"},
    {"TlsPrivateKey", "", "web: {tls: {certificate: c}}\n", "web.tls.private_key", "is required"},
    {"RequestBytesLow", "", "grpc: {max_request_bytes: 4095}\n", "grpc.max_request_bytes",
     "4096 to 4194304"},
    {"RequestBytesHigh", "", "grpc: {max_request_bytes: 4194305}\n", "grpc.max_request_bytes",
     "4096 to 4194304"},
    {"WebAddress", "", "web: {listen: 'on'}\n", "web.listen", "host:port"},
    {"WebOff", "", "web: {listen: 'off'}\n", "", ""},
    {"PublicUrlPath", "", "web: {public_url: 'https://x.example/base'}\n", "web.public_url",
     "no path"},
    {"PublicUrlHttp", "", "web: {public_url: 'http://x.example'}\n", "web.public_url", "https"},
    {"WebClientCa", "", "web: {tls: {certificate: c, private_key: k, client_ca: a}}\n",
     "web.tls.client_ca", "gRPC"},
    {"DefaultAppUnknown", "", "web: {default_app: other}\n", "web.default_app", "no app"},
    {"DefaultAppKnown", "", "web: {default_app: shop}\n", "", ""},
};
INSTANTIATE_TEST_SUITE_P(Listeners, ServerConfigRulesTest, ::testing::ValuesIn(kListenerRules),
                         NameOf);

const Rule kStoreRules[] = {
    {"TwoKinds", "", "store: {memory: {}, redis: {}}\n", "store.redis", "only one of"},
    {"OutageReadsLong", "", "store: {memory: {}, outage_reads: 3601s}\n", "store.outage_reads",
     "0s to 1h"},
    {"OutageReadsNone", "", "store: {memory: {}, outage_reads: 0s}\n", "", ""},
    {"RedisAddress", "", "store: {redis: {address: here}}\n", "store.redis.address", "host:port"},
    {"RedisPortZero", "", "store: {redis: {address: 'here:0'}}\n", "store.redis.address",
     "1 to 65535"},
    {"RedisDatabase", "", "store: {redis: {database: 16}}\n", "store.redis.database", "0 to 15"},
    {"RedisPrefix", "", "store: {redis: {key_prefix: '123456789012345678901234567890123'}}\n",
     "store.redis.key_prefix", "32"},
    {"RedisUserAlone", "", "store: {redis: {username: u}}\n", "store.redis.password",
     "is required"},
    {"RedisTimeoutLow", "", "store: {redis: {operation_timeout: 49ms}}\n",
     "store.redis.operation_timeout", "50ms to 30s"},
    {"RedisTimeoutHigh", "", "store: {redis: {operation_timeout: 31s}}\n",
     "store.redis.operation_timeout", "50ms to 30s"},
    {"RedisWaitReplicas", "", "store: {redis: {wait_replicas: 6}}\n", "store.redis.wait_replicas",
     "0 to 5"},
    {"RedisWaitShort", "", "store: {redis: {wait_timeout: 9ms}}\n", "store.redis.wait_timeout",
     "10ms to half of operation_timeout"},
    {"RedisWaitLong", "", "store: {redis: {wait_timeout: 1s, operation_timeout: 1999ms}}\n",
     "store.redis.wait_timeout", "10ms to half of operation_timeout"},
    {"RedisWaitLongest", "", "store: {redis: {wait_timeout: 1s, operation_timeout: 2s}}\n", "", ""},
    {"RedisEventLog", "", "store: {redis: {event_log_length: 3199}}\n",
     "store.redis.event_log_length", "3200 to 100000000"},
    {"Sentinels", "", "store: {redis: {sentinels: ['a:1', '[::1]:2'], sentinel_master: shop}}\n",
     "", ""},
    {"SentinelWithoutMaster", "", "store: {redis: {sentinels: ['a:1']}}\n",
     "store.redis.sentinel_master", "required"},
    {"SentinelMasterAlone", "", "store: {redis: {sentinel_master: shop}}\n",
     "store.redis.sentinel_master", "needs `sentinels`"},
    {"SentinelMasterName", "", "store: {redis: {sentinels: ['a:1'], sentinel_master: 'a b'}}\n",
     "store.redis.sentinel_master", "letters"},
    {"SentinelAddress", "", "store: {redis: {sentinels: ['a:1', b], sentinel_master: shop}}\n",
     "store.redis.sentinels[1]", "host:port"},
    {"SentinelPortZero", "", "store: {redis: {sentinels: ['a:0'], sentinel_master: shop}}\n",
     "store.redis.sentinels[0]", "port from 1"},
    {"SentinelAndAddress", "",
     "store: {redis: {address: 'a:1', sentinels: ['a:1'], sentinel_master: shop}}\n",
     "store.redis.address", "cannot be set with `sentinels`"},
    {"SentinelTlsName", "",
     "store: {redis: {sentinels: ['a:1'], sentinel_master: shop, tls: {enabled: true}}}\n",
     "store.redis.tls.server_name", "required with `sentinels`"},
    {"RedisTlsOff", "", "store: {redis: {tls: {ca: a}}}\n", "store.redis.tls.enabled",
     "must be true"},
    {"RedisTlsPair", "", "store: {redis: {tls: {enabled: true, certificate: c}}}\n",
     "store.redis.tls.private_key", "together"},
    {"KeyRing", "", "key_ring: ''\n", "key_ring", "is required"},
    {"Catalog", "", "catalogs: [shipped, '']\n", "catalogs[1]", "must not be empty"},
};
INSTANTIATE_TEST_SUITE_P(Stores, ServerConfigRulesTest, ::testing::ValuesIn(kStoreRules), NameOf);

const Rule kAppRules[] = {
    {"KeyMissing", "    key: ''\n", "", "apps[0].key", "is required"},
    {"KeyCharacters", "    key: a:b\n", "", "apps[0].key", "1 to 64"},
    {"KeyRepeated", "    secret_hashes: [$H]\n  - key: shop\n    secret_hashes: [$D]\n", "",
     "apps[1].key", "apps[0].key"},
    {"NoHash", "    secret_hashes: []\n", "", "apps[0].secret_hashes", "1 to 8"},
    {"HashShape", "    secret_hashes: [$D, not-a-hash]\n", "", "apps[0].secret_hashes[1]",
     "KEYID.HASH"},
    {"HashRepeated", "    secret_hashes: [$H, $D, $H]\n", "", "apps[0].secret_hashes[2]",
     "apps[0].secret_hashes[0]"},
    {"RedirectHttp", "    redirect_uris: ['http://app.example/']\n", "", "apps[0].redirect_uris[0]",
     "https"},
    {"RedirectLoopback", "    redirect_uris: ['http://127.0.0.1:9/cb']\n", "", "", ""},
    {"RedirectFragment", "    redirect_uris: ['https://app.example/#x']\n", "",
     "apps[0].redirect_uris[0]", "fragment"},
    {"RedirectRelative", "    redirect_uris: ['/after']\n", "", "apps[0].redirect_uris[0]",
     "absolute"},
    {"RedirectRepeated", "    redirect_uris: ['https://a.example', 'https://a.example']\n", "",
     "apps[0].redirect_uris[1]", "apps[0].redirect_uris[0]"},
    {"ClientId", "    providers: {google: {client_secret: s}}\n", "",
     "apps[0].providers.google.client_id", "is required"},
    {"Scope", "    providers: {google: {client_id: i, scopes: [openid, 'a b']}}\n", "",
     "apps[0].providers.google.scopes[1]", "not a scope"},
    {"NativeClientsFine",
     "    providers: {google: {client_id: i, native_client_ids: [phone, tablet]}}\n", "", "", ""},
    {"NativeClientEmpty", "    providers: {google: {client_id: i, native_client_ids: ['']}}\n", "",
     "apps[0].providers.google.native_client_ids[0]", "must not be empty"},
    {"NativeClientTwice", "    providers: {google: {client_id: i, native_client_ids: [a, a]}}\n",
     "", "apps[0].providers.google.native_client_ids[1]", "already"},
    {"BudgetFine",
     "    providers: {google: {client_id: i, budget: {per_second: 0.5, burst: 9}, "
     "concurrent_calls: 10}}\n",
     "", "", ""},
    {"BudgetZero", "    providers: {google: {client_id: i, budget: {per_second: 0}}}\n", "",
     "apps[0].providers.google.budget.per_second", "0.001 to 100000 calls a second, is 0; leave"},
    {"BudgetNegative", "    providers: {google: {client_id: i, budget: {per_second: -1}}}\n", "",
     "apps[0].providers.google.budget.per_second", "is -1"},
    {"BudgetHigh", "    providers: {google: {client_id: i, budget: {per_second: 100000.5}}}\n", "",
     "apps[0].providers.google.budget.per_second", "0.001 to 100000"},
    {"BudgetWithoutRate", "    providers: {google: {client_id: i, budget: {burst: 5}}}\n", "",
     "apps[0].providers.google.budget.per_second", "is required"},
    {"BurstZero", "    providers: {google: {client_id: i, budget: {per_second: 1, burst: 0}}}\n",
     "", "apps[0].providers.google.budget.burst", "1 to 1000000"},
    {"ConcurrentZero", "    providers: {google: {client_id: i, concurrent_calls: 0}}\n", "",
     "apps[0].providers.google.concurrent_calls", "1 to 100000"},
    {"ConcurrentHigh", "    providers: {google: {client_id: i, concurrent_calls: 100001}}\n", "",
     "apps[0].providers.google.concurrent_calls", "1 to 100000"},
    {"TtlLow", "    access_token_ttl: 59s\n", "", "apps[0].access_token_ttl", "1m to 90d"},
    {"TtlHigh", "    access_token_ttl: 91d\n", "", "apps[0].access_token_ttl", "1m to 90d"},
    {"WindowLow", "    refresh_window: 1s\n", "", "apps[0].refresh_window", "1m to 60d"},
    {"WindowHigh", "    refresh_window: 61d\n", "", "apps[0].refresh_window", "1m to 60d"},
    {"AbsoluteLow", "    absolute_lifetime: 0s\n", "", "apps[0].absolute_lifetime", "1m to 3650d"},
    {"AbsoluteHigh", "    absolute_lifetime: 3651d\n", "", "apps[0].absolute_lifetime",
     "1m to 3650d"},
    {"Delivery", "    request_token_delivery: pigeon\n", "", "apps[0].request_token_delivery",
     "form_post"},
    {"CertificateNameUnused", "    client_certificate_names: [shop.internal]\n", "",
     "apps[0].client_certificate_names", "client_ca"},
    {"CertificateNameRepeated", "    client_certificate_names: [a, a]\n",
     "grpc: {tls: {certificate: c, private_key: k, client_ca: a}}\n",
     "apps[0].client_certificate_names[1]", "already"},
};
INSTANTIATE_TEST_SUITE_P(Apps, ServerConfigRulesTest, ::testing::ValuesIn(kAppRules), NameOf);

const Rule kLimitRules[] = {
    {"LoopsLow", "", "limits: {event_loops: 0}\n", "limits.event_loops", "1 to 64"},
    {"LoopsHigh", "", "limits: {event_loops: 65}\n", "limits.event_loops", "1 to 64"},
    {"InFlightLow", "", "limits: {in_flight_requests: 9}\n", "limits.in_flight_requests",
     "10 to 1000000"},
    {"DrainHigh", "", "limits: {drain_timeout: 601s}\n", "limits.drain_timeout", "0s to 10m"},
    {"CachedLow", "", "limits: {cached_grants: -1}\n", "limits.cached_grants", "0 to 10000000"},
    {"StreamsLow", "", "limits: {event_streams: 0}\n", "limits.event_streams", "1 to 100000"},
    {"StreamsOfAnAppLow", "", "limits: {event_streams_per_app: 0}\n",
     "limits.event_streams_per_app", "1 to 100000"},
    {"LoginsLow", "", "limits: {logins_per_second: 0}\n", "limits.logins_per_second",
     "1 to 100000"},
    {"LoginsHigh", "", "limits: {logins_per_second: 100001}\n", "limits.logins_per_second",
     "1 to 100000"},
    {"LogLevel", "", "logging: {level: loud}\n", "logging.level", "debug, info, warn, error"},
    {"OutboundTimeoutLow", "", "outbound: {timeout: 99ms}\n", "outbound.timeout", "100ms to 5m"},
    {"OutboundTimeoutHigh", "", "outbound: {timeout: 301s}\n", "outbound.timeout", "100ms to 5m"},
    {"ReplyBytes", "", "outbound: {max_reply_bytes: 1023}\n", "outbound.max_reply_bytes",
     "1024 to 16777216"},
    {"Connections", "", "outbound: {connections_per_host: 0}\n", "outbound.connections_per_host",
     "1 to 10000"},
    {"KeepAliveRateLow", "", "keep_alive: {rate: 0}\n", "keep_alive.rate", "0.1 to 100000"},
    {"KeepAliveRateHigh", "", "keep_alive: {rate: 100001}\n", "keep_alive.rate", "on_demand"},
    {"KeepAliveConcurrentLow", "", "keep_alive: {concurrent: 0}\n", "keep_alive.concurrent",
     "1 to 100000"},
    {"KeepAliveConcurrentHigh", "", "keep_alive: {concurrent: 100001}\n", "keep_alive.concurrent",
     "1 to 100000"},
    {"KeepAliveMode", "    keep_alive: always\n", "", "apps[0].keep_alive", "on_demand, proactive"},
};
INSTANTIATE_TEST_SUITE_P(Limits, ServerConfigRulesTest, ::testing::ValuesIn(kLimitRules), NameOf);

// Somebody may have pasted the secret in place of its hash.
TEST(ServerConfigRulesTest, ASecretInTheWrongPlaceIsNotRepeated) {
  std::vector<ConfigProblem> problems;
  ParseServerConfig("key_ring: k\napps: [{key: a, secret_hashes: [hunter2-hunter2]}]\n", "f", {},
                    &problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].ToString(),
              AllOf(HasSubstr("secret_hashes[0]"), Not(HasSubstr("hunter2"))));
}

}  // namespace
}  // namespace evertoken
