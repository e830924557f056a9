#include "server/config/yaml_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/config/v1/server_config.pb.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using config::v1::ProviderCatalog;
using config::v1::ServerConfig;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Read {
  ServerConfig config;
  SourceMap sources;
  std::vector<ConfigProblem> problems;

  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const ConfigProblem& problem : problems) lines.push_back(problem.ToString());
    return lines;
  }
};

Read ReadConfig(absl::string_view yaml, YamlOptions options = {}) {
  Read read;
  ReadYaml(yaml, "e.yaml", options, &read.config, &read.sources, &read.problems);
  return read;
}

ProviderCatalog ReadCatalog(absl::string_view yaml, std::vector<ConfigProblem>* problems) {
  YamlOptions options;
  options.short_forms = {{"evertoken.config.v1.Provider.FieldMapping", "candidates"},
                         {"evertoken.config.v1.Provider.Candidate", "pointer"},
                         {"evertoken.config.v1.Provider.ErrorRule.Values", "any_of"}};
  ProviderCatalog catalog;
  ReadYaml(yaml, "c.yaml", options, &catalog, nullptr, problems);
  return catalog;
}

TEST(YamlMessageTest, ReadsEveryKindOfValue) {
  const Read read = ReadConfig(R"(
grpc:
  listen: 127.0.0.1:0
  allow_plaintext: true
  max_request_bytes: 65536
catalogs: [a.yaml, "b.yaml"]
logging: {level: debug}
apps:
  - key: demo
    refresh_window: 1d12h
    request_token_delivery: form_post
    providers:
      google: {client_id: 12345, client_secret: s, budget: {per_second: 0.25, burst: 4}}
)");
  EXPECT_THAT(read.Lines(), IsEmpty());
  EXPECT_EQ(read.config.grpc().listen(), "127.0.0.1:0");
  EXPECT_TRUE(read.config.grpc().allow_plaintext());
  EXPECT_EQ(read.config.grpc().max_request_bytes(), 65536);
  EXPECT_THAT(read.config.catalogs(), ElementsAre("a.yaml", "b.yaml"));
  EXPECT_EQ(read.config.logging().level(), config::v1::Logging::LEVEL_DEBUG);
  EXPECT_EQ(read.config.apps(0).refresh_window().seconds(), 36 * 3600);
  EXPECT_EQ(read.config.apps(0).request_token_delivery(), config::v1::App::DELIVERY_FORM_POST);
  EXPECT_EQ(read.config.apps(0).providers().at("google").client_id(), "12345");
  EXPECT_EQ(read.config.apps(0).providers().at("google").budget().per_second(), 0.25);
}

TEST(YamlMessageTest, TellsEveryProblemAtOnceWithFileLineAndPath) {
  const Read read = ReadConfig(R"(grpc:
  lisen: x
  max_request_bytes: many
apps:
  - key: [a]
  - refresh_window: 60 days
logging:
  level: loud
)");
  ASSERT_EQ(read.problems.size(), 5u) << absl::StrJoin(read.Lines(), "\n");
  const std::vector<std::string> lines = read.Lines();
  EXPECT_THAT(lines[0], HasSubstr("e.yaml:2: grpc.lisen: unknown key; known here: listen"));
  EXPECT_EQ(lines[1], "e.yaml:3: grpc.max_request_bytes: must be a whole number");
  EXPECT_EQ(lines[2], "e.yaml:5: apps[0].key: must be a single value");
  EXPECT_THAT(lines[3], HasSubstr("e.yaml:6: apps[1].refresh_window: must be a duration such as"));
  EXPECT_EQ(lines[4], "e.yaml:8: logging.level: must be one of debug, info, warn, error");
}

TEST(YamlMessageTest, RefusesWhatLooksLikeTheRightTypeButIsNot) {
  for (const char* yaml : {
           "grpc: {allow_plaintext: yes}",
           "grpc: {allow_plaintext: 'true'}",
           "grpc: {allow_plaintext: 1}",
           "grpc: {max_request_bytes: 1.5}",
           "grpc: {max_request_bytes: '1'}",
           "grpc: {max_request_bytes: 0x10}",
           "grpc: {max_request_bytes: 2147483648}",
           "grpc: {max_request_bytes: 99999999999999999999}",
           "apps: [{providers: {x: {budget: {per_second: fast}}}}]",
           "apps: [{providers: {x: {budget: {per_second: '2'}}}}]",
           "apps: [{providers: {x: {budget: {per_second: 1e3}}}}]",
           "apps: [{providers: {x: {budget: {per_second: .inf}}}}]",
           "apps: [{providers: {x: {budget: {per_second: nan}}}}]",
           "apps: [{providers: {x: {budget: {per_second: 1.2.3}}}}]",
           "grpc: {listen: }",
           "grpc: {listen: ~}",
           "grpc: [a]",
           "grpc: x",
           "catalogs: a.yaml",
           "catalogs:",
           "apps: {}",
           "outbound: {timeout: 15}",
           "outbound: {timeout: -1s}",
           "outbound: {timeout: 1m1h}",
           "outbound: {timeout: ''}",
           "logging: {level: LEVEL_DEBUG}",
           "logging: {level: unspecified}",
           "store: {memory: {}, sqlite: {}}",
           "apps: [{providers: {'': {}}}]",
           "- a",
           "text",
       }) {
    EXPECT_EQ(ReadConfig(yaml).problems.size(), 1u) << yaml;
  }
}

TEST(YamlMessageTest, RefusesYamlThatSaysThingsTwiceOrSidewise) {
  EXPECT_THAT(ReadConfig("grpc:\n  listen: a\n  listen: b\n").Lines(),
              ElementsAre("e.yaml:3: the key `listen` is there twice"));
  EXPECT_THAT(ReadConfig("key_ring: &k a\n").Lines(), ElementsAre(HasSubstr("e.yaml:1: anchors")));
  EXPECT_THAT(ReadConfig("key_ring: &k a\ngrpc: {listen: *k}\n").Lines(), Not(IsEmpty()));
  EXPECT_THAT(ReadConfig("key_ring: !!str a\n").Lines(), ElementsAre(HasSubstr("e.yaml:1: tags")));
  EXPECT_THAT(ReadConfig("key_ring: a\n---\nkey_ring: b\n").Lines(),
              ElementsAre(HasSubstr("more than one document")));
}

TEST(YamlMessageTest, SurvivesWhatIsNotYaml) {
  EXPECT_THAT(ReadConfig("").problems, IsEmpty());
  EXPECT_THAT(ReadConfig("# nothing\n").problems, IsEmpty());
  EXPECT_THAT(ReadConfig("a: [\n").Lines(), Not(IsEmpty()));
  EXPECT_THAT(ReadConfig("grpc: {? [a] : b}").Lines(), Not(IsEmpty()));
  EXPECT_THAT(ReadConfig("a: \"\\q\"\n").Lines(),
              ElementsAre(HasSubstr("e.yaml:1: not valid YAML")));
  EXPECT_THAT(ReadConfig("key_ring: a\nkey_ring: \xff\n").Lines(),
              ElementsAre("e.yaml:2: not valid UTF-8"));
  EXPECT_THAT(ReadConfig(std::string(5 << 20, '#')).Lines(), ElementsAre(HasSubstr("larger than")));
  EXPECT_THAT(ReadConfig(std::string(100, '[') + std::string(100, ']')).Lines(), Not(IsEmpty()));
  EXPECT_THAT(ReadConfig(std::string(100000, '[')).Lines(), Not(IsEmpty()));
}

TEST(YamlMessageTest, ExpandsVariablesOnceAndNeverShowsThem) {
  const std::map<std::string, std::string> environment = {
      {"A", "${B}"}, {"B", "b"}, {"BAD", "\xff"}};
  YamlOptions options;
  options.lookup = [&environment](const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : &found->second;
  };
  const Read good = ReadConfig("key_ring: x${A}-${B}$y\n", options);
  EXPECT_THAT(good.Lines(), IsEmpty());
  EXPECT_EQ(good.config.key_ring(), "x${B}-b$y");
  EXPECT_THAT(ReadConfig("key_ring: ${NO}${NEITHER}\n", options).Lines(),
              ElementsAre("e.yaml:1: key_ring: `${NO}` is not set",
                          "e.yaml:1: key_ring: `${NEITHER}` is not set"));
  EXPECT_THAT(ReadConfig("key_ring: ${A\n", options).Lines(),
              ElementsAre(HasSubstr("without `}`")));
  EXPECT_THAT(ReadConfig("key_ring: ${BAD}\n", options).Lines(),
              ElementsAre(HasSubstr("not valid UTF-8")));
  EXPECT_THAT(ReadConfig("key_ring: ${B}\n").Lines(), ElementsAre(HasSubstr("not set")));
}

TEST(YamlMessageTest, ProblemsDoNotQuoteValues) {
  const Read read =
      ReadConfig("grpc: {max_request_bytes: hunter2}\nlogging: {level: hunter2}\nstore: hunter2\n");
  EXPECT_EQ(read.problems.size(), 3u);
  EXPECT_THAT(absl::StrJoin(read.Lines(), "\n"), Not(HasSubstr("hunter2")));
}

TEST(YamlMessageTest, AnEmptyMessageCounts) {
  const Read read = ReadConfig("store:\n  memory:\n");
  EXPECT_THAT(read.Lines(), IsEmpty());
  EXPECT_TRUE(read.config.store().has_memory());
}

TEST(YamlMessageTest, ShortFormsFillTheNamedField) {
  std::vector<ConfigProblem> problems;
  const ProviderCatalog catalog = ReadCatalog(R"(
providers:
  x:
    profile_fields:
      subject: /sub
      display_name: [/name, {concat: [/a, /b]}]
      emails: {candidates: [/email]}
    errors:
      - {status: [400], body: {/error/code: 190, /codes: {contains: [1, 2]}, /e: [a, b]}, outcome: revoked}
)",
                                              &problems);
  EXPECT_THAT(problems, IsEmpty());
  const Provider& x = catalog.providers().at("x");
  EXPECT_EQ(x.profile_fields().at("subject").candidates(0).pointer(), "/sub");
  EXPECT_THAT(x.profile_fields().at("display_name").candidates(1).concat(),
              ElementsAre("/a", "/b"));
  EXPECT_EQ(x.profile_fields().at("emails").candidates(0).pointer(), "/email");
  EXPECT_THAT(x.errors(0).status(), ElementsAre(400));
  EXPECT_THAT(x.errors(0).body().at("/error/code").any_of(), ElementsAre("190"));
  EXPECT_THAT(x.errors(0).body().at("/codes").contains(), ElementsAre("1", "2"));
  EXPECT_THAT(x.errors(0).body().at("/e").any_of(), ElementsAre("a", "b"));
  EXPECT_EQ(x.errors(0).outcome(), Provider::ErrorRule::OUTCOME_REVOKED);
}

TEST(YamlMessageTest, RemembersLines) {
  const Read read = ReadConfig("grpc:\n  listen: a\n  allow_plaintext: false\napps:\n  - key: a\n");
  EXPECT_EQ(read.sources.LineOf("grpc.listen"), 2);
  EXPECT_EQ(read.sources.LineOf("apps[0].key"), 5);
  EXPECT_EQ(read.sources.LineOf("apps[0].redirect_uris[3]"), 5);
  EXPECT_EQ(read.sources.LineOf("web.listen"), 0);
  EXPECT_TRUE(read.sources.Has("grpc.allow_plaintext"));
  EXPECT_FALSE(read.sources.Has("grpc.tls"));
}

}  // namespace
}  // namespace evertoken
