#include "server/provider/explain_entry.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/config/shipped_catalog.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;

std::vector<ProviderCatalog::Source> Sources() {
  return {{"a.yaml", R"(defaults:
  errors:
    - {where: token, body: {/error: invalid_grant}, outcome: revoked}
providers:
  acme:
    display_name: Acme
    authorization: {url: "https://acme.example/authorize", scopes: [a]}
    token: {url: "https://acme.example/token"}
    renewal: {kind: refresh_token_grant, lost_response_policy: retry_once, reuse_grace: 90s}
    profile_calls: [{url: "https://acme.example/me"}]
    profile_fields: {subject: /id}
)"},
          {"b.yaml", R"(providers:
  acme:
    extends: acme
    authorization:
      scopes: [b, c]
)"}};
}

TEST(ExplainEntryTest, SaysOfEachValueWhereItStands) {
  const absl::StatusOr<std::string> text = ExplainEntry(Sources(), "acme");
  ASSERT_THAT(text, IsOk());
  EXPECT_THAT(*text, HasSubstr("providers:\n  acme:\n"));
  EXPECT_THAT(*text, HasSubstr("    display_name: \"Acme\"  # a.yaml:6\n"));
  EXPECT_THAT(*text, HasSubstr("      - \"b\"  # b.yaml:5\n"));
  EXPECT_THAT(*text, HasSubstr("      lost_response_policy: retry_once  # a.yaml:9\n"));
  EXPECT_THAT(*text, HasSubstr("reuse_grace: 90s  # a.yaml:9\n"));
  EXPECT_THAT(*text, HasSubstr("client_id_parameter: \"client_id\"  # default\n"));
  EXPECT_THAT(*text, HasSubstr("outcome: revoked  # a.yaml:3\n"));
}

TEST(ExplainEntryTest, DoesNotKnowWhatNoSourceHas) {
  EXPECT_THAT(ExplainEntry(Sources(), "other"), StatusIs(absl::StatusCode::kNotFound));
}

TEST(ExplainEntryTest, WhatItWritesIsTheSameEntryAgain) {
  const std::vector<ProviderCatalog::Source> shipped = {{"s.yaml", kShippedCatalogYaml}};
  const auto catalog = ProviderCatalog::Parse(shipped, false);
  ASSERT_THAT(catalog, IsOk());
  for (const std::string& id : (*catalog)->Ids()) {
    const absl::StatusOr<std::string> text = ExplainEntry(shipped, id);
    ASSERT_THAT(text, IsOk());
    const auto again = ProviderCatalog::Parse({{"again.yaml", *text}}, false);
    ASSERT_THAT(again, IsOk()) << *text;
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*(*again)->Find(id),
                                                                   *(*catalog)->Find(id)))
        << id;
  }
}

}  // namespace
}  // namespace evertoken
