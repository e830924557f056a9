#include "server/config/app_catalog_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evertoken {
namespace {

using config::v1::Provider;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class AppCatalogRulesTest : public ::testing::Test {
 protected:
  AppCatalogRulesTest() {
    entries_["google"].set_issuer("https://accounts.example");
    Provider& tenant = entries_["tenant-op"];
    tenant.mutable_client_authentication()->set_kind(Provider::ClientAuthentication::KIND_POST);
    (*tenant.mutable_instance_parameters())["tenant"].set_description("your directory");
    (*tenant.mutable_instance_parameters())["region"].set_default_value("eu");
    app_ = config_.add_apps();
  }

  std::vector<std::string> Problems() {
    std::vector<ConfigProblem> problems;
    CatalogView view;
    view.find = [this](absl::string_view id) {
      const auto it = entries_.find(std::string(id));
      return it == entries_.end() ? nullptr : &it->second;
    };
    for (const auto& [id, entry] : entries_) view.ids.push_back(id);
    CheckAppsAgainstCatalog(config_, view, ConfigSources(), &problems);
    std::vector<std::string> texts;
    for (const ConfigProblem& problem : problems) texts.push_back(problem.path + ": " + problem.what);
    return texts;
  }

  config::v1::ProviderClient& Client(const std::string& provider) { return (*app_->mutable_providers())[provider]; }

  std::map<std::string, Provider> entries_;
  config::v1::ServerConfig config_;
  config::v1::App* app_;
};

TEST_F(AppCatalogRulesTest, TakesCompleteClients) {
  Client("google").set_client_secret("s");
  Client("tenant-op").set_client_secret("s");
  (*Client("tenant-op").mutable_instance())["tenant"] = "t";
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(AppCatalogRulesTest, AnUnknownProviderNamesTheNearest) {
  Client("gogle");
  Client("something-else");
  EXPECT_THAT(Problems(), ElementsAre(AllOf(HasSubstr("apps[0].providers.gogle: "), HasSubstr("did you mean `google`?")),
                                      HasSubstr("providers list")));
}

TEST_F(AppCatalogRulesTest, RequiredInstanceParametersMustBeSaid) {
  Client("tenant-op").set_client_secret("s");
  EXPECT_THAT(Problems(), ElementsAre("apps[0].providers.tenant-op.instance.tenant: is required: your directory"));
  (*Client("tenant-op").mutable_instance())["tenant"] = "";
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("instance.tenant: is required")));
}

TEST_F(AppCatalogRulesTest, UnknownInstanceParametersAreRefused) {
  Client("tenant-op").set_client_secret("s");
  (*Client("tenant-op").mutable_instance())["tenant"] = "t";
  (*Client("tenant-op").mutable_instance())["tennant"] = "t";
  (*Client("google").mutable_instance())["tenant"] = "t";
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("google.instance.tenant: is unknown: this provider has no instance parameters"),
                                      HasSubstr("instance.tennant: is unknown; known here: region, tenant")));
}

TEST_F(AppCatalogRulesTest, OnlyClientsThatMayBePublicGoWithoutASecret) {
  Client("google");
  Client("tenant-op");
  (*Client("tenant-op").mutable_instance())["tenant"] = "t";
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("tenant-op.client_secret: is required")));
  entries_["tenant-op"].mutable_client_authentication()->set_kind(Provider::ClientAuthentication::KIND_NONE);
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(AppCatalogRulesTest, AHashOfALostKeyIsAProblem) {
  app_->add_secret_hashes("key-1.abc");
  app_->add_secret_hashes("key-2.abc");
  std::vector<ConfigProblem> problems;
  CheckHashKeys(config_, {"key-1"}, ConfigSources(), &problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "apps[0].secret_hashes[1]");
  EXPECT_THAT(problems[0].what, AllOf(HasSubstr("not in the key ring"), Not(HasSubstr("abc"))));
}

}  // namespace
}  // namespace evertoken
