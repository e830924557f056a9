#include "server/catalog_reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kEntry[] = R"(providers:
  acme:
    display_name: Acme
    authorization: {url: "https://acme.example/authorize", scopes: [a]}
    token: {url: "https://acme.example/token"}
    renewal: {kind: refresh_token_grant, lost_response_policy: retry_once}
    profile_calls: [{url: "https://acme.example/me"}]
    profile_fields: {subject: /id}
)";

// A catalogue file in memory: every change of `text_` is another file.
class CatalogReloadTest : public ::testing::Test {
 protected:
  LoadedCatalog Read() {
    ++reads_;
    return ProviderCatalog::Read({{"mine.yaml", text_}}, false);
  }

  CatalogReload Start() {
    CatalogReload::Parts parts;
    parts.fingerprint = [this] { return absl::StrCat(version_, text_); };
    parts.read = [this] { return Read(); };
    parts.use = [this](std::shared_ptr<const ProviderCatalog> catalog) {
      serving_ = std::move(catalog);
    };
    parts.clock = &clock_;
    parts.metrics = &metrics_;
    LoadedCatalog loaded = Read();
    serving_ = loaded.catalog;
    return CatalogReload(std::move(parts), std::move(loaded), absl::StrCat(version_, text_));
  }

  // A changed file is taken once it is at rest.
  static void LookTwice(CatalogReload* reload) {
    reload->Look(false);
    reload->Look(false);
  }

  std::string NameOfAcme() const { return serving_->Find("acme")->display_name(); }

  std::string text_ = kEntry;
  int version_ = 1;
  int reads_ = 0;
  FakeClock clock_;
  Metrics metrics_;
  std::shared_ptr<const ProviderCatalog> serving_;
};

TEST_F(CatalogReloadTest, ReadsNothingWhileNothingChanges) {
  CatalogReload reload = Start();
  for (int i = 0; i < 10; ++i) reload.Look(false);
  EXPECT_EQ(reads_, 1);
  reload.Look(true);
  EXPECT_EQ(reads_, 2);
}

TEST_F(CatalogReloadTest, TakesAChangedFileOver) {
  CatalogReload reload = Start();
  absl::StrAppend(&text_, "  other: {extends: acme, display_name: Other}\n");
  LookTwice(&reload);
  EXPECT_THAT(serving_->Ids(), ElementsAre("acme", "other"));
  text_ = kEntry;
  LookTwice(&reload);
  EXPECT_THAT(serving_->Ids(), ElementsAre("acme"));
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr("evertoken_catalog_reloads_total{outcome=\"used\"} 2"));
}

TEST_F(CatalogReloadTest, WaitsUntilAFileIsAtRest) {
  CatalogReload reload = Start();
  const std::string half = absl::StrCat(kEntry, "  half: {extends: acme, display_name: Half}\n");
  text_ = half;
  reload.Look(false);
  text_ = absl::StrCat(half, "  other: {extends: acme, display_name: Other}\n");
  reload.Look(false);
  EXPECT_EQ(reads_, 1);
  EXPECT_THAT(serving_->Ids(), ElementsAre("acme"));
  reload.Look(false);
  EXPECT_THAT(serving_->Ids(), ElementsAre("acme", "half", "other"));
}

TEST_F(CatalogReloadTest, TakesAtOnceWhatItIsToldToTake) {
  CatalogReload reload = Start();
  absl::StrAppend(&text_, "  other: {extends: acme, display_name: Other}\n");
  reload.Look(true);
  EXPECT_THAT(serving_->Ids(), ElementsAre("acme", "other"));
  for (int i = 0; i < 10; ++i) reload.Look(false);
  EXPECT_EQ(reads_, 2);
}

TEST_F(CatalogReloadTest, AWriteInProgressChangesNothing) {
  CatalogReload reload = Start();
  const std::string whole = absl::StrCat(kEntry, "  other: {extends: acme, display_name: Other}\n");
  for (size_t length = 0; length < whole.size() - 1; ++length) {
    const auto before = serving_;
    text_ = whole.substr(0, length);
    LookTwice(&reload);
    const bool is_whole = ProviderCatalog::Parse({{"mine.yaml", text_}}, false).ok();
    if (!is_whole) {
      EXPECT_EQ(serving_, before) << length;
    }
  }
  text_ = whole;
  LookTwice(&reload);
  EXPECT_THAT(serving_->Ids(), ElementsAre("acme", "other"));
}

TEST_F(CatalogReloadTest, OneBadEntryLeavesTheWholeCatalogueOfBefore) {
  CatalogReload reload = Start();
  const auto before = serving_;
  text_ =
      absl::StrCat(kEntry, "  good: {extends: acme}\n  bad: {extends: acme, issuer: ftp://x}\n");
  LookTwice(&reload);
  EXPECT_EQ(serving_, before);
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("evertoken_catalog_refused 1"));
  text_ = absl::StrCat(kEntry, "  good: {extends: acme}\n");
  LookTwice(&reload);
  EXPECT_THAT(serving_->Ids(), ElementsAre("acme", "good"));
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("evertoken_catalog_refused 0"));
}

TEST_F(CatalogReloadTest, ReadsTheSameBadFileOnce) {
  CatalogReload reload = Start();
  text_ = "providers: {";
  for (int i = 0; i < 10; ++i) reload.Look(false);
  EXPECT_EQ(reads_, 2);
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr("evertoken_catalog_reloads_total{outcome=\"refused\"} 1"));
}

TEST_F(CatalogReloadTest, TellsWhatIsLeftOutFromTheStart) {
  absl::StrAppend(&text_, "  bad: {extends: acme, issuer: ftp://x}\n");
  CatalogReload reload = Start();
  EXPECT_EQ(NameOfAcme(), "Acme");
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("evertoken_catalog_disabled_entries 1"));
  text_ = kEntry;
  LookTwice(&reload);
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("evertoken_catalog_disabled_entries 0"));
}

}  // namespace
}  // namespace evertoken
