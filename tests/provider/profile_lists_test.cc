// Lists and messages of the profile, by `each`, `members` and names with a dot.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>

#include "server/provider/compiled_profile_map.h"
#include "server/provider/profile_bound.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using v1::Profile;

Profile Map(const std::string& fields, const std::map<std::string, std::string>& documents) {
  const ProviderHarness harness(
      "    issuer: https://acme.test\n    token: {reply: {keep: {user: /user}}}\n"
      "    profile_calls: [{name: me, url: 'https://acme.test/me'}, "
      "{name: more, url: 'https://acme.test/more'}]\n    profile_fields: " +
      fields);
  ProfileDocuments sources;
  sources.main = "me";
  for (const auto& [name, text] : documents)
    sources.by_source.emplace(name, JsonDocument::Parse(text));
  const auto map = CompiledProfileMap::Compile(*harness.acme.entry);
  EXPECT_TRUE(map.ok()) << map.status();
  Profile profile;
  if (map.ok()) map->Map(sources, absl::FromUnixSeconds(50), &profile);
  return profile;
}

// The field as JSON, of a profile that has it alone.
std::string JsonOf(const std::string& fields, const std::string& document) {
  Profile profile = Map("{subject: /id, " + fields + "}", {{"me", document}});
  profile.clear_fields();
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(profile, &json).ok());
  return json;
}

TEST(ProfileListsTest, EveryElementMakesOne) {
  EXPECT_EQ(JsonOf("phones: [{each: /p, members: {number: /n, type: /t, verified: /v}}]",
                   R"({"p":[{"n":"+1","t":"home","v":"true"},{"n":2,"v":"maybe"}]})"),
            R"({"phones":[{"number":"+1","type":"home","verified":true},{"number":"2"}]})");
}

TEST(ProfileListsTest, AnElementWithoutItsKeyIsLeftOut) {
  EXPECT_EQ(JsonOf("phones: [{each: /p, members: {number: /n, type: /t}}]",
                   R"({"p":[{"t":"home"},{"n":" ","t":"x"},null,7,{"n":"1"}]})"),
            R"({"phones":[{"number":"1"}]})");
}

TEST(ProfileListsTest, AnElementThatIsThereIsLeftOut) {
  EXPECT_EQ(JsonOf("phones: [{each: /p, members: {number: /n, type: /t}}, "
                   "{each: /q, members: {number: [{template: '{}'}]}}]",
                   R"({"p":[{"n":"1"},{"n":"1"},{"n":"1","t":"home"}],"q":["1","2"]})"),
            R"({"phones":[{"number":"1"},{"number":"1","type":"home"},{"number":"2"}]})");
}

TEST(ProfileListsTest, AnObjectIsAListOfOneAndConstantsAreTemplates) {
  const char* fields = "links: [{members: {url: /site, type: [{template: website}]}}]";
  EXPECT_EQ(JsonOf(fields, R"({"site":"https://x.test"})"),
            R"({"links":[{"url":"https://x.test","type":"website"}]})");
  EXPECT_EQ(JsonOf(fields, R"({"site":"not a link"})"), "{}");
}

TEST(ProfileListsTest, MembersMayLieInside) {
  EXPECT_EQ(
      JsonOf("positions: [{each: /p, members: {title: /t, company.name: /c/n, "
             "company.id: /c/i, start_date: /s, current: /now, summary: /sum}}]",
             R"({"p":[{"t":"Engineer","c":{"n":"Acme","i":7},"s":{"year":2010,"month":5},"now":"0"},
                      {"t":"Boss","c":{}}]})"),
      R"({"positions":[{"title":"Engineer","company":{"name":"Acme","id":"7"},)"
      R"("startDate":"2010-05","current":false},{"title":"Boss"}]})");
  EXPECT_EQ(
      JsonOf("country.code: /cc, country.name: /cn, age_range.min: /a/min, counts.followers: /f",
             R"({"cc":"GB","a":{"min":21},"f":"12"})"),
      R"({"ageRange":{"min":21},"country":{"code":"GB"},"counts":{"followers":"12"}})");
}

TEST(ProfileListsTest, EveryTypeOfValue) {
  EXPECT_EQ(
      JsonOf("hireable: /h, age: /age, create_time: /c, picture_url: /p, locale: /l, "
             "about: /about",
             R"({"h":"False","age":"33","c":1500000000000,"p":"data:image/gif;base64,R0lG",
                      "l":"de_DE","about":"line\nline"})"),
      R"({"pictureUrl":"data:image/gif;base64,R0lG","locale":"de-DE",)"
      R"("createTime":"2017-07-14T02:40:00Z","age":33,"about":"line line","hireable":false})");
}

TEST(ProfileListsTest, TheFirstAddressIsToldOnce) {
  const char* fields =
      "email: [{pointer: /e, where: {/main: 'true'}, then: /a}], "
      "emails: [{each: /e, members: {address: /a, verified: /v, primary: /main, type: /t}}]";
  EXPECT_EQ(JsonOf(fields,
                   R"({"e":[{"a":"b@x.test","v":true},{"a":"a@x.test","main":true,"t":"work"}]})"),
            R"({"emails":[{"address":"a@x.test","primary":true,"type":"work"},)"
            R"({"address":"b@x.test","verified":true}]})");
}

TEST(ProfileListsTest, AtMostAHundredElementsAreTaken) {
  std::string list = "[";
  for (int i = 0; i < 300; ++i) list += "\"s" + std::to_string(i) + "\",";
  list.back() = ']';
  const Profile profile =
      Map("{subject: /id, skills: [{each: 'me:', members: {name: [{template: '{}'}]}}]}",
          {{"me", list}});
  EXPECT_EQ(profile.skills_size(), 100);
  EXPECT_EQ(profile.skills(99).name(), "s99");
}

TEST(ProfileListsTest, AListThatCameEmptyIsTold) {
  const std::string fields =
      "{subject: /id, phones: [{each: /p, members: {number: /n}}], "
      "links: [{members: {url: /site}}]}";
  const Profile empty = Map(fields, {{"me", R"({"p":[]})"}});
  EXPECT_EQ(empty.fields().at("phones").source(), "me");
  EXPECT_FALSE(empty.fields().contains("links"));
  EXPECT_FALSE(Map(fields, {{"me", R"({"p":null})"}}).fields().contains("phones"));
  EXPECT_TRUE(Map(fields, {}).fields().empty());
}

TEST(ProfileListsTest, TellsWhatWasKeptAndHowOldTheIdTokenIs) {
  const std::string fields = "{subject: 'id_token:/sub', given_name: 'kept:/user/name'}";
  const Profile profile = Map(
      fields, {{"id_token", R"({"sub":"7","iat":40})"}, {"kept", R"({"user":{"name":"Ada"}})"}});
  EXPECT_EQ(profile.given_name(), "Ada");
  EXPECT_EQ(profile.fields().at("given_name").source(), "kept");
  EXPECT_EQ(profile.fields().at("given_name").fetch_time().seconds(), 50);
  EXPECT_EQ(profile.fields().at("subject").fetch_time().seconds(), 40);
  for (const char* iat : {"60", "\"40\"", "-1", "1e300"}) {
    const std::string claims = std::string(R"({"sub":"7","iat":)") + iat + "}";
    EXPECT_EQ(Map(fields, {{"id_token", claims}}).fields().at("subject").fetch_time().seconds(), 50)
        << iat;
  }
}

TEST(ProfileListsTest, StaysWithinItsBound) {
  std::string list = "[";
  for (int i = 0; i < 100; ++i)
    list += R"({"n":"n)" + std::to_string(i) + R"(","t":")" + std::string(1000, 'x') + R"("},)";
  list.back() = ']';
  const Profile profile =
      Map("{subject: /id, about: /b, emails: [{each: /e, members: {address: /n}}], "
          "awards: [{each: /p, members: {name: /n, issuer: /t}}], "
          "badges: [{each: /p, members: {name: /n, message: /t}}]}",
          {{"me", R"({"id":"7","b":")" + std::string(8000, 'x') +
                      R"(","e":[{"n":"a@x.test"}],"p":)" + list + "}"}});
  EXPECT_LE(profile.ByteSizeLong(), kMostProfileBytes);
  EXPECT_EQ(profile.subject(), "7");
  EXPECT_EQ(profile.emails_size(), 1);
  EXPECT_EQ(profile.about().size(), 8000u);
  EXPECT_EQ(profile.badges_size(), 0);
  EXPECT_GT(profile.awards_size(), 10);
}

}  // namespace
}  // namespace evertoken
