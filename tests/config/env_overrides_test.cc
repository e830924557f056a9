#include "server/config/env_overrides.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evertoken/config/v1/server_config.pb.h"

namespace evertoken {
namespace {

using config::v1::Logging;
using config::v1::ServerConfig;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class EnvOverridesTest : public ::testing::Test {
 protected:
  void Apply(const Environment& environment) {
    ApplyEnvOverrides(environment, &config_, &sources_, &problems_);
  }

  std::vector<std::string> Problems() const {
    std::vector<std::string> texts;
    for (const ConfigProblem& problem : problems_) texts.push_back(problem.ToString());
    return texts;
  }

  ServerConfig config_;
  ConfigSources sources_;
  std::vector<ConfigProblem> problems_;
};

TEST_F(EnvOverridesTest, SetsFieldsOfEveryType) {
  Apply({{"EVERTOKEN_STORE__REDIS__PASSWORD", "p"},
         {"EVERTOKEN_GRPC__ALLOW_PLAINTEXT", "true"},
         {"EVERTOKEN_GRPC__MAX_REQUEST_BYTES", "5000"},
         {"EVERTOKEN_LIMITS__DRAIN_TIMEOUT", "1m30s"},
         {"EVERTOKEN_LOGGING__LEVEL", "debug"},
         {"HOME", "/root"}});
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_EQ(config_.store().redis().password(), "p");
  EXPECT_TRUE(config_.grpc().allow_plaintext());
  EXPECT_EQ(config_.grpc().max_request_bytes(), 5000);
  EXPECT_EQ(config_.limits().drain_timeout().seconds(), 90);
  EXPECT_EQ(config_.logging().level(), Logging::LEVEL_DEBUG);
}

TEST_F(EnvOverridesTest, WinsOverTheFileEvenWithZero) {
  config_.mutable_grpc()->set_allow_plaintext(true);
  config_.mutable_limits()->set_cached_grants(7);
  config_.set_key_ring("file.yaml");
  Apply({{"EVERTOKEN_GRPC__ALLOW_PLAINTEXT", "false"},
         {"EVERTOKEN_LIMITS__CACHED_GRANTS", "0"},
         {"EVERTOKEN_KEY_RING", ""}});
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_FALSE(config_.grpc().allow_plaintext());
  EXPECT_TRUE(config_.limits().has_cached_grants());
  EXPECT_EQ(config_.limits().cached_grants(), 0);
  EXPECT_EQ(config_.key_ring(), "");
}

TEST_F(EnvOverridesTest, TextIsTakenAsItIs) {
  const std::string awkward = "${HOME}: \"x\" # y\n- z";
  Apply({{"EVERTOKEN_STORE__REDIS__PASSWORD", awkward}});
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_EQ(config_.store().redis().password(), awkward);
}

TEST_F(EnvOverridesTest, ReachesElementsOfListsByIndex) {
  config_.add_apps()->set_key("first");
  config_.mutable_apps(0)->add_redirect_uris("https://old.example/");
  Apply({{"EVERTOKEN_APPS__0__REDIRECT_URIS__0", "https://a.example/"},
         {"EVERTOKEN_APPS__0__REDIRECT_URIS__1", "https://b.example/"},
         {"EVERTOKEN_APPS__1__KEY", "second"}});
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_THAT(config_.apps(0).redirect_uris(),
              ElementsAre("https://a.example/", "https://b.example/"));
  ASSERT_EQ(config_.apps_size(), 2);
  EXPECT_EQ(config_.apps(1).key(), "second");
  EXPECT_EQ(config_.apps(0).key(), "first");
}

TEST_F(EnvOverridesTest, AListOfMoreThanTenGrowsInOrder) {
  Environment environment;
  for (int i = 0; i < 12; ++i) {
    environment["EVERTOKEN_CATALOGS__" + std::to_string(i)] = std::to_string(i);
  }
  Apply(environment);
  EXPECT_THAT(Problems(), IsEmpty());
  ASSERT_EQ(config_.catalogs_size(), 12);
  EXPECT_EQ(config_.catalogs(11), "11");
}

TEST_F(EnvOverridesTest, ReachesEntriesOfMapsByKey) {
  (*config_.add_apps()->mutable_providers())["my-oidc"].set_client_id("old");
  Apply({{"EVERTOKEN_APPS__0__PROVIDERS__MY_OIDC__CLIENT_SECRET", "s"},
         {"EVERTOKEN_APPS__0__PROVIDERS__MY_OIDC__INSTANCE__ISSUER_NAME", "https://op.example"},
         {"EVERTOKEN_APPS__0__PROVIDERS__SIGN_IN__CLIENT_ID", "new"}});
  EXPECT_THAT(Problems(), IsEmpty());
  const auto& providers = config_.apps(0).providers();
  ASSERT_EQ(providers.size(), 2u);
  EXPECT_EQ(providers.at("my-oidc").client_id(), "old");
  EXPECT_EQ(providers.at("my-oidc").client_secret(), "s");
  EXPECT_EQ(providers.at("my-oidc").instance().at("issuer_name"), "https://op.example");
  EXPECT_EQ(providers.at("sign-in").client_id(), "new");
  EXPECT_EQ(sources_.overrides.at("apps[0].providers.sign-in.client_id"),
            "EVERTOKEN_APPS__0__PROVIDERS__SIGN_IN__CLIENT_ID");
}

TEST_F(EnvOverridesTest, ChoosesAnotherKindOfStoreThanTheFile) {
  config_.mutable_store()->mutable_sqlite()->set_path("x");
  Apply({{"EVERTOKEN_STORE__MEMORY", "{}"}});
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_TRUE(config_.store().has_memory());
}

TEST_F(EnvOverridesTest, RefusesTwoKindsOfStore) {
  Apply({{"EVERTOKEN_STORE__REDIS__ADDRESS", "a:1"}, {"EVERTOKEN_STORE__SQLITE__PATH", "x"}});
  EXPECT_THAT(Problems(), ElementsAre(AllOf(HasSubstr("EVERTOKEN_STORE__SQLITE__PATH"),
                                            HasSubstr("only one of redis and sqlite"))));
}

TEST_F(EnvOverridesTest, AnUnknownNameIsAProblemThatNamesTheNearest) {
  const std::pair<const char*, const char*> cases[] = {
      {"EVERTOKEN_STORE__REDIS__PASSWORT", "EVERTOKEN_STORE__REDIS__PASSWORD"},
      {"EVERTOKEN_STORE_REDIS_PASSWORD", "EVERTOKEN_STORE__REDIS__PASSWORD"},
      {"EVERTOKEN_GRPC__LISTENER", "EVERTOKEN_GRPC__LISTEN"},
      {"EVERTOKEN_GRPC__LISTEN__X", "EVERTOKEN_GRPC__LISTEN"},
      {"EVERTOKEN_APPS__0__KEYS", "EVERTOKEN_APPS__0__KEY"},
      {"EVERTOKEN_grpc__listen", "EVERTOKEN_"},
      {"EVERTOKEN_", "EVERTOKEN_"},
  };
  for (const auto& [name, nearest] : cases) {
    problems_.clear();
    Apply({{name, "secret-value"}});
    EXPECT_THAT(
        Problems(),
        ElementsAre(AllOf(HasSubstr(std::string("environment: ") + name + ": names no setting"),
                          HasSubstr(nearest), Not(HasSubstr("secret-value")))));
  }
}

TEST_F(EnvOverridesTest, TellsHowListsAndMapsAreReached) {
  Apply({{"EVERTOKEN_APPS", "x"},
         {"EVERTOKEN_CATALOGS__1", "x"},
         {"EVERTOKEN_CATALOGS__A", "x"},
         {"EVERTOKEN_APPS__0__PROVIDERS", "x"}});
  EXPECT_THAT(
      Problems(),
      ElementsAre(HasSubstr("`apps` is a list of 0"), HasSubstr("is a map: name an entry"),
                  HasSubstr("`catalogs` is a list of 0"), HasSubstr("`catalogs` is a list of 0")));
}

TEST_F(EnvOverridesTest, RefusesValuesOfAnotherTypeWithoutRepeatingThem) {
  Apply({{"EVERTOKEN_GRPC__ALLOW_PLAINTEXT", "maybe-tomorrow"},
         {"EVERTOKEN_GRPC__MAX_REQUEST_BYTES", "5000\ngrpc: {}"},
         {"EVERTOKEN_LIMITS__DRAIN_TIMEOUT", "soon"},
         {"EVERTOKEN_LOGGING__LEVEL", "loud"},
         {"EVERTOKEN_STORE__MEMORY", "yes"}});
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("true or false"), HasSubstr("plain number"),
                                      HasSubstr("duration"), HasSubstr("must be one of"),
                                      HasSubstr("write {}")));
  for (const std::string& problem : Problems()) {
    EXPECT_THAT(problem, Not(AllOf(HasSubstr("tomorrow"), HasSubstr("loud"))));
  }
}

TEST_F(EnvOverridesTest, LeavesPlatformVariablesAlone) {
  Apply({{"EVERTOKEN_SERVICE_HOST", "10.0.0.1"},
         {"EVERTOKEN_SERVICE_PORT", "8443"},
         {"EVERTOKEN_SERVICE_PORT_GRPC", "8443"},
         {"EVERTOKEN_PORT", "tcp://10.0.0.1:8443"},
         {"EVERTOKEN_PORT_8443_TCP_ADDR", "10.0.0.1"},
         {"EVERTOKEN_WEB_PORT_8080_TCP", "tcp://10.0.0.1:8080"},
         {"EVERTOKEN_DEPS", "/x"}});
  EXPECT_THAT(Problems(), IsEmpty());
}

}  // namespace
}  // namespace evertoken
