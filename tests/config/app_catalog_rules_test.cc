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
    view.check_instance = [this](const Provider& entry, const config::v1::ProviderClient& client) {
      const bool complete =
          &entry != &entries_["tenant-op"] || client.instance().contains("tenant");
      return complete ? absl::OkStatus() : absl::InvalidArgumentError("tenant: is required");
    };
    CheckAppsAgainstCatalog(config_, view, ConfigSources(), &problems);
    std::vector<std::string> texts;
    for (const ConfigProblem& problem : problems)
      texts.push_back(problem.path + ": " + problem.what);
    return texts;
  }

  config::v1::ProviderClient& Client(const std::string& provider) {
    return (*app_->mutable_providers())[provider];
  }

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
  EXPECT_THAT(Problems(), ElementsAre(AllOf(HasSubstr("apps[0].providers.gogle: "),
                                            HasSubstr("did you mean `google`?")),
                                      HasSubstr("providers list")));
}

TEST_F(AppCatalogRulesTest, TellsWhatTheEntryWantsOfAnInstance) {
  Client("tenant-op").set_client_secret("s");
  EXPECT_THAT(Problems(), ElementsAre("apps[0].providers.tenant-op.instance: tenant: is required"));
}

TEST_F(AppCatalogRulesTest, OnlyClientsThatMayBePublicGoWithoutASecret) {
  Client("google");
  Client("tenant-op");
  (*Client("tenant-op").mutable_instance())["tenant"] = "t";
  EXPECT_THAT(Problems(), ElementsAre(HasSubstr("tenant-op.client_secret: is required")));
  entries_["tenant-op"].mutable_client_authentication()->set_kind(
      Provider::ClientAuthentication::KIND_NONE);
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
