#include "server/provider/compiled_profile_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "server/base/proto_time.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using v1::Profile;

// The profile that `fields` (YAML, in braces) make of the documents.
Profile Map(const std::string& fields, const std::map<std::string, std::string>& documents) {
  const ProviderHarness harness(
      "    issuer: https://acme.test\n    profile_calls: [{name: me, url: 'https://acme.test/me'}, "
      "{name: more, url: 'https://acme.test/more'}]\n    profile_fields: " +
      fields);
  ProfileDocuments sources;
  sources.main = "me";
  for (const auto& [name, text] : documents)
    sources.by_source.emplace(name, JsonDocument::Parse(text));
  const auto map = CompiledProfileMap::Compile(*harness.acme.entry);
  EXPECT_TRUE(map.ok()) << map.status();
  Profile profile;
  if (map.ok()) map->Map(sources, absl::FromUnixSeconds(5), &profile);
  return profile;
}

TEST(CompiledProfileMapTest, NotesWhereEachFieldCameFrom) {
  const Profile profile =
      Map("{subject: /id, given_name: 'more:/first', gender: 'id_token:/g', locale: /lang}",
          {{"me", R"({"id":7,"lang":"en_GB"})"},
           {"more", R"({"first":" Ada\n"})"},
           {"id_token", R"({"g":"f"})"}});
  EXPECT_EQ(profile.subject(), "7");
  EXPECT_EQ(profile.given_name(), "Ada");
  EXPECT_EQ(profile.gender(), "f");
  EXPECT_EQ(profile.locale(), "en-GB");
  EXPECT_EQ(profile.fields().at("subject").source(), "me");
  EXPECT_EQ(profile.fields().at("given_name").source(), "more");
  EXPECT_EQ(profile.fields().at("gender").source(), "id_token");
  EXPECT_EQ(FromTimestamp(profile.fields().at("gender").fetch_time()), absl::FromUnixSeconds(5));
  EXPECT_EQ(profile.fields().size(), 4u);
}

TEST(CompiledProfileMapTest, TheFirstCandidateThatGivesAValueWins) {
  const std::string fields =
      "{subject: /id, display_name: [/name, {concat: [/first, 'more:/last']}, /login]}";
  EXPECT_EQ(Map(fields, {{"me", R"({"name":"N","first":"F"})"}}).display_name(), "N");
  EXPECT_EQ(Map(fields, {{"me", R"({"name":"  ","first":"F"})"}, {"more", R"({"last":"L"})"}})
                .display_name(),
            "F L");
  EXPECT_EQ(Map(fields, {{"me", R"({"name":null,"first":"F"})"}}).display_name(), "F");
  EXPECT_EQ(Map(fields, {{"me", R"({"name":{},"login":"l"})"}}).display_name(), "l");
  EXPECT_EQ(Map(fields, {{"me", "{}"}}).display_name(), "");
  EXPECT_FALSE(Map(fields, {{"me", "{}"}}).fields().contains("display_name"));
}

TEST(CompiledProfileMapTest, SelectsAnElementOfAnArray) {
  const std::string fields =
      "{subject: /id, email: [{pointer: 'more:', where: {/primary: 'true', /kind: mail}, then: "
      "/email}], "
      "email_verified: [{pointer: 'more:', where: {/primary: 'true'}, then: /ok}]}";
  const Profile profile =
      Map(fields, {{"me", "{}"}, {"more", R"([{"primary":false,"email":"no@x.test","kind":"mail"},
      {"primary":true,"email":"no2@x.test","kind":"fax","ok":1},{"primary":true,"email":"yes@x.test","kind":"mail"}])"}});
  ASSERT_EQ(profile.emails_size(), 1);
  EXPECT_EQ(profile.emails(0).address(), "yes@x.test");
  EXPECT_TRUE(profile.emails(0).primary());
  EXPECT_TRUE(profile.emails(0).verified());
  EXPECT_EQ(profile.fields().at("emails").source(), "more");
}

TEST(CompiledProfileMapTest, MapsTextToText) {
  const std::string fields =
      "{subject: /id, gender: [{pointer: /sex, map: {'1': female, '2': male}}]}";
  EXPECT_EQ(Map(fields, {{"me", R"({"sex":1})"}}).gender(), "female");
  EXPECT_EQ(Map(fields, {{"me", R"({"sex":"2"})"}}).gender(), "male");
  EXPECT_EQ(Map(fields, {{"me", R"({"sex":3})"}}).gender(), "");
}

TEST(CompiledProfileMapTest, VerificationIsOnlyWhatIsCertain) {
  const std::string fields = "{subject: /id, email: /email, email_verified: /v}";
  for (const auto& [value, verified] : std::vector<std::pair<std::string, bool>>{{"true", true},
                                                                                 {"\"true\"", true},
                                                                                 {"1", true},
                                                                                 {"\"1\"", true},
                                                                                 {"false", false},
                                                                                 {"\"yes\"", false},
                                                                                 {"null", false},
                                                                                 {"{}", false},
                                                                                 {"2", false}}) {
    EXPECT_EQ(
        Map(fields, {{"me", R"({"email":"a@x.test","v":)" + value + "}"}}).emails(0).verified(),
        verified)
        << value;
  }
  EXPECT_EQ(Map(fields, {{"me", R"({"v":true})"}}).emails_size(), 0);
}

TEST(CompiledProfileMapTest, UrlsAreOnesThatALinkMayHave) {
  const std::string fields = "{subject: /id, picture_url: [/p, /q], profile_url: /u}";
  const Profile profile = Map(
      fields,
      {{"me",
        R"json({"p":"javascript:alert(1)","q":"https://x.test/a.png","u":"data:text/html,x"})json"}});
  EXPECT_EQ(profile.picture_url(), "https://x.test/a.png");
  EXPECT_EQ(profile.profile_url(), "");
}

TEST(CompiledProfileMapTest, BoundsWhatItTakes) {
  const std::string fields = "{subject: /id, display_name: /name, birth_date: /b}";
  EXPECT_EQ(Map(fields, {{"me", R"({"name":")" + std::string(3000, 'x') + R"("})"}}).display_name(),
            "");
  EXPECT_EQ(Map(fields, {{"me", R"({"name":"a\u0000b\tc"})"}}).display_name(), "a b c");
  EXPECT_EQ(Map(fields, {{"me", R"({"b":{"year":1990,"month":1,"day":2}})"}}).birth_date(),
            "1990-01-02");
}

}  // namespace
}  // namespace evertoken
