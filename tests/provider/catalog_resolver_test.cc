// What entries inherit from each other and from the defaults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/provider/provider_catalog.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

using Parsed = absl::StatusOr<std::shared_ptr<const ProviderCatalog>>;

// A whole entry, `acme`, to which tests add lines.
constexpr char kAcme[] = R"(
providers:
  acme:
    display_name: Acme
    authorization: {url: "https://acme.example/authorize", parameters: {keep: me, prompt: consent}}
    renewal: {kind: refresh_token_grant, lost_response_policy: retry_once}
    profile_calls: [{url: "https://acme.example/me", query: {q: ""}}]
    profile_fields: {subject: /id}
)";

Parsed ParseWith(absl::string_view lines) {
  return ProviderCatalog::Parse({{"c.yaml", absl::StrCat(kAcme, lines)}}, false);
}

TEST(CatalogResolverTest, AnEmptyTextTakesAwayWhatAMapInherits) {
  const Parsed catalog = ParseWith(R"(
    token: {url: "https://acme.example/token", headers: {X-Version: "2"}}
  child:
    extends: acme
    authorization: {parameters: {prompt: ""}}
    token: {headers: {X-Version: ""}}
  grandchild: {extends: child}
)");
  ASSERT_THAT(catalog, IsOk());
  EXPECT_THAT((*catalog)->Find("acme")->authorization().parameters(), SizeIs(2));
  for (const char* id : {"child", "grandchild"}) {
    const Provider* entry = (*catalog)->Find(id);
    EXPECT_THAT(entry->authorization().parameters(), ElementsAre(Pair("keep", "me"))) << id;
    EXPECT_THAT(entry->token().headers(), IsEmpty()) << id;
    // What is in a list is not merged, so an empty text there means what it says.
    EXPECT_THAT(entry->profile_calls(0).query(), ElementsAre(Pair("q", ""))) << id;
  }
}

TEST(CatalogResolverTest, InstanceParametersThatNothingMentionsAreDropped) {
  const Parsed catalog = ParseWith(R"(
    instance_parameters: {host: {}, tenant: {}, unused: {}}
    token: {url: "https://{instance:host}/token", headers: {T: "{instance:tenant}"}}
  child:
    extends: acme
    token: {url: "https://acme.example/token"}
)");
  ASSERT_THAT(catalog, IsOk());
  EXPECT_THAT((*catalog)->Find("acme")->instance_parameters(),
              UnorderedElementsAre(Pair("host", testing::_), Pair("tenant", testing::_)));
  EXPECT_THAT((*catalog)->Find("child")->instance_parameters(),
              ElementsAre(Pair("tenant", testing::_)));
}

TEST(CatalogResolverTest, DefaultsGiveWhatNeitherEntryNorBaseSays) {
  const Parsed catalog = ParseWith(R"(
    token: {url: "https://acme.example/token", headers: {A: entry}}
    id_token: {leeway: 5s}
  child: {extends: acme, token: {headers: {B: child}}}
defaults:
  token: {headers: {A: defaults, B: defaults, C: defaults}}
  id_token: {leeway: 90s, algorithms: [ES256]}
  limits: {concurrent_calls: 7}
)");
  ASSERT_THAT(catalog, IsOk());
  const Provider* acme = (*catalog)->Find("acme");
  EXPECT_THAT(
      acme->token().headers(),
      UnorderedElementsAre(Pair("A", "entry"), Pair("B", "defaults"), Pair("C", "defaults")));
  EXPECT_EQ(acme->id_token().leeway().seconds(), 5);
  EXPECT_THAT(acme->id_token().algorithms(), ElementsAre("ES256"));
  EXPECT_EQ(acme->limits().concurrent_calls(), 7);
  const Provider* child = (*catalog)->Find("child");
  EXPECT_THAT(child->token().headers(),
              UnorderedElementsAre(Pair("A", "entry"), Pair("B", "child"), Pair("C", "defaults")));
  EXPECT_EQ(child->id_token().leeway().seconds(), 5);
}

std::vector<int> StatusesOf(const Provider* entry) {
  std::vector<int> statuses;
  for (const Provider::ErrorRule& rule : entry->errors()) statuses.push_back(rule.status(0));
  return statuses;
}

constexpr char kRules[] = R"(
    token: {url: "https://acme.example/token"}
    errors: [{status: [401], outcome: revoked}, {status: [402], outcome: revoked}]
  child: {extends: acme, errors: [{status: [403], outcome: revoked}]}
  heir: {extends: acme}
defaults:
  errors:
    - {status: [499], outcome: misconfigured}
)";

TEST(CatalogResolverTest, RulesOfTheDefaultsComeOnceAfterAnEntrysOwn) {
  const Parsed catalog = ParseWith(kRules);
  ASSERT_THAT(catalog, IsOk());
  EXPECT_THAT(StatusesOf((*catalog)->Find("acme")), ElementsAre(401, 402, 499));
  EXPECT_THAT(StatusesOf((*catalog)->Find("child")), ElementsAre(403, 499));
  EXPECT_THAT(StatusesOf((*catalog)->Find("heir")), ElementsAre(401, 402, 499));
}

TEST(CatalogResolverTest, DefaultsOfLaterFilesWinAndHoldForTheEntriesOfAll) {
  const auto parse = [](const char* second) {
    return ProviderCatalog::Parse(
        {{"a.yaml", absl::StrCat(kAcme, kRules, "  token: {headers: {A: first, B: first}}\n")},
         {"b.yaml", second}},
        false);
  };
  const Parsed none = parse(
      "providers: {mine: {extends: acme, errors: [{status: [404], outcome: "
      "misconfigured}]}}");
  ASSERT_THAT(none, IsOk());
  EXPECT_THAT(StatusesOf((*none)->Find("mine")), ElementsAre(404, 499));
  const Parsed other = parse(
      "defaults: {token: {headers: {B: second}}, errors: [{status: [498], outcome: "
      "misconfigured}]}");
  ASSERT_THAT(other, IsOk());
  EXPECT_THAT(StatusesOf((*other)->Find("acme")), ElementsAre(401, 402, 498));
  EXPECT_THAT((*other)->Find("acme")->token().headers(),
              UnorderedElementsAre(Pair("A", "first"), Pair("B", "second")));
}

TEST(CatalogResolverTest, AProblemOfTheDefaultsIsToldOnceWhereItStands) {
  const Parsed catalog = ParseWith(R"(
    token: {url: "https://acme.example/token"}
    errors: [{status: [401], outcome: revoked}]
  child: {extends: acme}
defaults:
  errors:
    - {status: [499], outcome: misconfigured}
    - {status: [498]}
  limits: {concurrent_calls: 0}
)");
  EXPECT_EQ(catalog.status().message(),
            "c.yaml:16: providers.acme.errors[2].outcome: is required\n"
            "c.yaml:17: providers.acme.limits.concurrent_calls: must be 1 to 100000, is 0");
}

TEST(CatalogResolverTest, DefaultsExtendNothing) {
  const Parsed catalog = ParseWith(R"(
    token: {url: "https://acme.example/token"}
defaults:
  extends: acme
)");
  EXPECT_THAT(catalog.status().message(),
              AllOf(HasSubstr("c.yaml:12: defaults.extends: defaults extend nothing"),
                    Not(HasSubstr("in the end"))));
}

}  // namespace
}  // namespace evertoken
