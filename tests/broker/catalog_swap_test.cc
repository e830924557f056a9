// A catalogue that is replaced while grants live.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/provider/provider_catalog.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

// The entry `never` with these further lines, and what else is given.
LoadedCatalog Catalogue(const std::string& lines, const std::string& more = "") {
  return ProviderCatalog::Read({{"test.yaml", absl::StrCat(R"(providers:
  never:
    display_name: Test provider
    authorization: {url: 'https://idp.test/authorize', scopes: [profile]}
    token: {url: 'https://idp.test/token'}
    profile_calls: [{name: me, url: 'https://idp.test/me'}]
    profile_fields: {subject: /id}
    renewal: {kind: refresh_token_grant, rotation: always, lost_response_policy: never_retry}
)",
                                                           lines, more)}},
                               false);
}

class CatalogSwapTest : public testing::Test, protected BrokerFixture {
 protected:
  absl::Status Login() {
    WebLoginRequest request;
    request.app = apps->Find("app");
    request.provider = "never";
    request.callback_uri = "https://login.test/callback/never";
    request.app_redirect_uri = "https://app.test/return";
    return executor.Await(replica->broker->StartWebLogin(request)).status();
  }

  ErrorReason ReasonOfBinding(absl::string_view provider) {
    return ReasonOf(apps->Bind(*apps->Find("app"), provider).status());
  }
};

TEST_F(CatalogSwapTest, NewBindingsHaveTheNewEntryAndOldOnesTheirs) {
  const absl::StatusOr<ProviderBinding> before = apps->Bind(*apps->Find("app"), "never");
  ASSERT_THAT(before, IsOk());
  apps->UseCatalog(Catalogue("    issuer: https://issuer.test\n").catalog);
  EXPECT_EQ(before->entry->issuer(), "");
  EXPECT_EQ(apps->Bind(*apps->Find("app"), "never")->entry->issuer(), "https://issuer.test");
}

TEST_F(CatalogSwapTest, AnEntryThatIsGoneOrBadIsDisabledForThoseWhoHaveIt) {
  apps->UseCatalog(Catalogue("", "  once: {extends: never, issuer: 5}\n").catalog);
  EXPECT_THAT(apps->Bind(*apps->Find("app"), "never"), IsOk());
  EXPECT_EQ(ReasonOfBinding("once"), v1::ERROR_REASON_PROVIDER_DISABLED);
  EXPECT_EQ(ReasonOfBinding("grace"), v1::ERROR_REASON_PROVIDER_DISABLED);
  EXPECT_EQ(ReasonOfBinding("unheard-of"), v1::ERROR_REASON_PROVIDER_UNKNOWN);
}

TEST_F(CatalogSwapTest, NoLoginBeginsFromTheDayOfTheEndOn) {
  apps->UseCatalog(
      Catalogue("    lifecycle: {state: end_of_life, end_date: '2030-03-18', replaced_by: once}\n")
          .catalog);
  clock.Set(absl::FromCivil(absl::CivilDay(2030, 3, 18), absl::UTCTimeZone()) - absl::Seconds(1));
  EXPECT_THAT(Login(), IsOk());
  const std::string token = SeedGrant("never", "app");
  clock.Advance(absl::Seconds(1));
  const absl::Status refused = Login();
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_PROVIDER_DISABLED);
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("'once' takes its place"));
  // Grants are still asked for.
  EXPECT_THAT(apps->Bind(*apps->Find("app"), "never"), IsOk());
}

TEST_F(CatalogSwapTest, BindingsWhileTheCatalogueIsSwappedAreWhole) {
  const auto first = Catalogue("    issuer: https://one.test\n").catalog;
  const auto second = Catalogue("    issuer: https://two.test\n").catalog;
  apps->UseCatalog(first);
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        const absl::StatusOr<ProviderBinding> binding = apps->Bind(*apps->Find("app"), "never");
        if (!binding.ok() || binding->entry->issuer().size() != 16) ++wrong;
      }
    });
  }
  for (int i = 0; i < 200; ++i) apps->UseCatalog(i % 2 == 0 ? second : first);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace evertoken
