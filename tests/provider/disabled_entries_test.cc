#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "server/provider/provider_catalog.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// Reads `yaml` behind a catalogue with the whole entry `acme`.
LoadedCatalog Read(std::string yaml) {
  return ProviderCatalog::Read({{"a.yaml", R"(providers:
  acme:
    display_name: Acme
    authorization: {url: "https://acme.example/authorize", scopes: [a]}
    token: {url: "https://acme.example/token"}
    renewal: {kind: refresh_token_grant, lost_response_policy: retry_once}
    profile_calls: [{url: "https://acme.example/me"}]
    profile_fields: {subject: /id}
)"},
                                {"b.yaml", std::move(yaml)}},
                               false);
}

TEST(DisabledEntriesTest, ABadEntryDisablesItselfAndWhatExtendsIt) {
  const LoadedCatalog loaded = Read(R"(providers:
  wrong: {extends: acme, token: {url: 'http://x.example'}}
  misspelt: {extends: acme, tokens: {}}
  child: {extends: misspelt}
  grandchild: {extends: child, display_name: G}
  lost: {extends: nobody}
  loop: {extends: pool}
  pool: {extends: loop}
  no-map: 5
  good: {extends: acme, display_name: Good}
)");
  ASSERT_NE(loaded.catalog, nullptr);
  EXPECT_THAT(loaded.catalog->Ids(), ElementsAre("acme", "good"));
  EXPECT_THAT(loaded.catalog->disabled(),
              UnorderedElementsAre("child", "grandchild", "loop", "lost", "misspelt", "no-map",
                                   "pool", "wrong"));
  EXPECT_TRUE(loaded.catalog->IsDisabled("wrong"));
  EXPECT_FALSE(loaded.catalog->IsDisabled("good"));
  EXPECT_FALSE(loaded.catalog->IsDisabled("unknown"));
  std::vector<int> lines;
  for (const ConfigProblem& problem : loaded.problems) {
    EXPECT_EQ(problem.file, "b.yaml") << problem.ToString();
    lines.push_back(problem.line);
  }
  EXPECT_THAT(lines, ElementsAre(2, 3, 6, 7, 8, 9));
}

TEST(DisabledEntriesTest, ABadEntryInPlaceOfAGoodOneLeavesNeither) {
  const LoadedCatalog loaded = Read("providers: {acme: {extends: acme, issuer: ftp://x}}\n");
  ASSERT_NE(loaded.catalog, nullptr);
  EXPECT_THAT(loaded.catalog->Ids(), IsEmpty());
  EXPECT_TRUE(loaded.catalog->IsDisabled("acme"));
}

TEST(DisabledEntriesTest, WhatConcernsMoreThanEntriesSpoilsAll) {
  for (const char* yaml :
       {"providers: {b: {extends: acme}", "provider: {}\n", "providers: 5\n", "defaults: 5\n",
        "defaults: {extends: acme}\n", "defaults: {renewals: {}}\n",
        "providers: {b: {extends: acme, extends: acme}}\n"}) {
    const LoadedCatalog loaded = Read(yaml);
    EXPECT_EQ(loaded.catalog, nullptr) << yaml;
    EXPECT_THAT(loaded.problems, Not(IsEmpty())) << yaml;
  }
}

}  // namespace
}  // namespace evertoken
