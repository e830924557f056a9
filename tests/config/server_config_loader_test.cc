#include "server/config/server_config_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/proto_time.h"

namespace evertoken {
namespace {

using config::v1::App;
using config::v1::Logging;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Of the right shape; made of no secret.
const char kHash[] = "key-1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

std::string Minimal() {
  return absl::StrCat("key_ring: keys.yaml\napps:\n  - key: shop\n    secret_hashes: [", kHash,
                      "]\n");
}

std::vector<std::string> Problems(absl::string_view yaml, const Environment& environment = {}) {
  std::vector<ConfigProblem> problems;
  ParseServerConfig(yaml, "dir/evertoken.yaml", environment, &problems);
  std::vector<std::string> texts;
  for (const ConfigProblem& problem : problems) texts.push_back(problem.ToString());
  return texts;
}

TEST(ServerConfigLoaderTest, FillsEveryDefault) {
  std::vector<ConfigProblem> problems;
  const LoadedServerConfig loaded =
      ParseServerConfig(Minimal(), "dir/evertoken.yaml", {}, &problems);
  EXPECT_THAT(Problems(Minimal()), IsEmpty());
  const config::v1::ServerConfig& config = loaded.config;
  EXPECT_EQ(loaded.base_dir, "dir");
  EXPECT_EQ(config.grpc().listen(), "127.0.0.1:8443");
  EXPECT_EQ(config.grpc().max_request_bytes(), 65536);
  EXPECT_FALSE(config.grpc().has_tls());
  EXPECT_EQ(config.web().listen(), "127.0.0.1:8080");
  EXPECT_EQ(config.web().public_url(), "http://localhost:8080");
  EXPECT_EQ(config.web().default_app(), "shop");
  EXPECT_EQ(config.store().sqlite().path(), "data/evertoken.db");
  EXPECT_THAT(config.catalogs(), ElementsAre("shipped"));
  EXPECT_EQ(config.apps(0).display_name(), "shop");
  EXPECT_FALSE(config.apps(0).has_access_token_ttl());
  EXPECT_FALSE(config.apps(0).has_refresh_window());
  EXPECT_FALSE(config.apps(0).has_absolute_lifetime());
  EXPECT_EQ(config.apps(0).request_token_delivery(), App::DELIVERY_QUERY);
  EXPECT_GE(config.limits().event_loops(), 1);
  EXPECT_EQ(config.limits().in_flight_requests(), 20000);
  EXPECT_EQ(config.limits().event_streams(), 1000);
  EXPECT_EQ(config.limits().event_streams_per_app(), 100);
  EXPECT_EQ(FromDuration(config.limits().drain_timeout()), absl::Seconds(20));
  EXPECT_EQ(config.limits().cached_grants(), 100000);
  EXPECT_EQ(config.limits().logins_per_second(), 100);
  EXPECT_EQ(config.logging().level(), Logging::LEVEL_INFO);
  EXPECT_EQ(FromDuration(config.outbound().timeout()), absl::Seconds(15));
  EXPECT_EQ(config.outbound().max_reply_bytes(), 1048576);
  EXPECT_EQ(config.outbound().connections_per_host(), 64);
  EXPECT_EQ(config.apps(0).keep_alive(), App::KEEP_ALIVE_MODE_ON_DEMAND);
  EXPECT_EQ(config.keep_alive().rate(), 200);
  EXPECT_EQ(config.keep_alive().concurrent(), 500);
}

TEST(ServerConfigLoaderTest, FillsTheDefaultsOfRedis) {
  std::vector<ConfigProblem> problems;
  const LoadedServerConfig loaded =
      ParseServerConfig(Minimal() + "store: {redis: {}}\n", "f", {}, &problems);
  EXPECT_THAT(problems, IsEmpty());
  const config::v1::Store::Redis& redis = loaded.config.store().redis();
  EXPECT_EQ(redis.address(), "127.0.0.1:6379");
  EXPECT_EQ(redis.key_prefix(), "evertoken:");
  EXPECT_EQ(FromDuration(redis.operation_timeout()), absl::Seconds(2));
  EXPECT_EQ(redis.wait_replicas(), 0);
  EXPECT_EQ(FromDuration(redis.wait_timeout()), absl::Milliseconds(100));
  EXPECT_EQ(redis.event_log_length(), 200000);
  EXPECT_EQ(FromDuration(loaded.config.store().outage_reads()), absl::Minutes(10));
}

TEST(ServerConfigLoaderTest, AZeroThatWasWrittenStays) {
  std::vector<ConfigProblem> problems;
  const LoadedServerConfig loaded = ParseServerConfig(
      Minimal() + "limits: {cached_grants: 0, drain_timeout: 0s}\n", "f", {}, &problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(loaded.config.limits().cached_grants(), 0);
  EXPECT_EQ(FromDuration(loaded.config.limits().drain_timeout()), absl::ZeroDuration());
}

TEST(ServerConfigLoaderTest, PublicUrlFollowsTlsAndWaitsForAFreePort) {
  std::vector<ConfigProblem> problems;
  const std::string tls =
      Minimal() +
      "web: {listen: '127.0.0.1:9443', tls: {certificate: c.pem, private_key: k.pem}}\n";
  EXPECT_EQ(ParseServerConfig(tls, "f", {}, &problems).config.web().public_url(),
            "https://localhost:9443");
  const std::string free_port = Minimal() + "web: {listen: '127.0.0.1:0'}\n";
  EXPECT_EQ(ParseServerConfig(free_port, "f", {}, &problems).config.web().public_url(), "");
  EXPECT_THAT(problems, IsEmpty());
}

TEST(ServerConfigLoaderTest, TakesSecretsFromTheEnvironment) {
  std::vector<ConfigProblem> problems;
  const LoadedServerConfig loaded = ParseServerConfig(
      Minimal() +
          "    providers:\n      google: {client_id: id, client_secret: '${GOOGLE_SECRET}'}\n",
      "f", {{"GOOGLE_SECRET", "from-environment"}, {"EVERTOKEN_WEB__LISTEN", "off"}}, &problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(loaded.config.apps(0).providers().at("google").client_secret(), "from-environment");
  EXPECT_EQ(loaded.config.web().listen(), "off");
}

TEST(ServerConfigLoaderTest, AMissingVariableIsAProblem) {
  EXPECT_THAT(Problems(absl::StrCat(Minimal(), "store:\n  redis:\n    password: ${NOT_THERE}\n")),
              ElementsAre(AllOf(HasSubstr("dir/evertoken.yaml:7: store.redis.password"),
                                HasSubstr("NOT_THERE"))));
}

TEST(ServerConfigLoaderTest, WhatCouldNotBeReadIsSaidOnce) {
  EXPECT_THAT(Problems("key_ring: ${KEYS}\napps: [{key: shop, secret_hashes: ['${HASH}']}]\n"),
              ElementsAre(HasSubstr("key_ring: `${KEYS}` is not set"),
                          HasSubstr("secret_hashes[0]: `${HASH}` is not set")));
}

TEST(ServerConfigLoaderTest, AProblemOfAnOverrideNamesTheVariable) {
  EXPECT_THAT(Problems(Minimal(), {{"EVERTOKEN_GRPC__LISTEN", "nowhere"}}),
              ElementsAre(HasSubstr("environment: EVERTOKEN_GRPC__LISTEN: must be host:port")));
}

TEST(ServerConfigLoaderTest, ReportsEverythingAtOnceWithItsLine) {
  const std::vector<std::string> problems = Problems(
      "grpc:\n"
      "  listen: 0.0.0.0:8443\n"
      "  max_request_bytes: 1\n"
      "web:\n"
      "  public_uri: https://x\n"
      "apps:\n"
      "  - key: a b\n"
      "    redirect_uris:\n"
      "      - http://app.example/\n"
      "    access_token_ttl: soon\n"
      "limits:\n"
      "  event_loops: 0\n");
  EXPECT_THAT(
      problems,
      UnorderedElementsAre(
          HasSubstr("dir/evertoken.yaml:2: grpc.listen: would speak plaintext beyond this machine"),
          HasSubstr("dir/evertoken.yaml:3: grpc.max_request_bytes: must be 4096 to 4194304, is 1"),
          HasSubstr("dir/evertoken.yaml:5: web.public_uri: unknown key"),
          HasSubstr("dir/evertoken.yaml:7: apps[0].key: must be 1 to 64"),
          HasSubstr("dir/evertoken.yaml:7: apps[0].secret_hashes: must hold 1 to 8"),
          HasSubstr("dir/evertoken.yaml:9: apps[0].redirect_uris[0]: must be https"),
          HasSubstr("dir/evertoken.yaml:10: apps[0].access_token_ttl: must be a duration"),
          HasSubstr("dir/evertoken.yaml:12: limits.event_loops: must be 1 to 64, is 0"),
          HasSubstr("dir/evertoken.yaml: key_ring: is required")));
}

TEST(ServerConfigLoaderTest, AnEmptyFileMissesWhatIsRequired) {
  EXPECT_THAT(Problems(""), UnorderedElementsAre(HasSubstr("key_ring: is required"),
                                                 HasSubstr("apps: at least one app")));
}

TEST(ServerConfigLoaderTest, FilesThatTheConfigurationNamesMustBeReadable) {
  const std::string path = ::testing::TempDir() + "/names-files.yaml";
  std::ofstream(path) << Minimal()
                      << "grpc: {tls: {certificate: no-such.pem, private_key: names-files.yaml}}\n"
                      << "outbound: {ca: /no/such/ca.pem}\n";
  std::vector<ConfigProblem> problems;
  LoadServerConfig(path, {}, &problems);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_THAT(
      problems[0].ToString(),
      AllOf(HasSubstr(path + ":5: grpc.tls.certificate: the file no-such.pem cannot be read")));
  EXPECT_THAT(problems[1].ToString(), HasSubstr(":6: outbound.ca: the file /no/such/ca.pem"));
}

TEST(ServerConfigLoaderTest, AMissingFileIsOneProblem) {
  std::vector<ConfigProblem> problems;
  LoadServerConfig("/no/such/evertoken.yaml", {}, &problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].ToString(), HasSubstr("/no/such/evertoken.yaml: cannot be read"));
}

}  // namespace
}  // namespace evertoken
