#include "server/broker/profile_merge.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

namespace evertoken {
namespace {

v1::Profile Parse(const std::string& text) {
  v1::Profile profile;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &profile));
  return profile;
}

void ExpectMerged(const std::string& known, const std::string& fetched,
                  const std::string& expected) {
  const v1::Profile merged = MergeProfiles(Parse(known), Parse(fetched));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(merged, Parse(expected)))
      << merged.DebugString();
}

// Rule 10.
TEST(MergeProfilesTest, AFieldThatDidNotComeKeepsItsValueAndItsAge) {
  ExpectMerged(
      R"(display_name: "Ann" fields { key: "display_name" value { source: "callback" fetch_time { seconds: 1 } } })",
      R"(locale: "en" fields { key: "locale" value { source: "userinfo" fetch_time { seconds: 2 } } })",
      R"(display_name: "Ann" locale: "en"
                  fields { key: "display_name" value { source: "callback" fetch_time { seconds: 1 } } }
                  fields { key: "locale" value { source: "userinfo" fetch_time { seconds: 2 } } })");
}

TEST(MergeProfilesTest, AFieldThatCameReplacesValueAndAge) {
  ExpectMerged(
      R"(display_name: "Ann" fields { key: "display_name" value { source: "id_token" fetch_time { seconds: 1 } } })",
      R"(display_name: "Anna" fields { key: "display_name" value { source: "userinfo" fetch_time { seconds: 2 } } })",
      R"(display_name: "Anna" fields { key: "display_name" value { source: "userinfo" fetch_time { seconds: 2 } } })");
}

TEST(MergeProfilesTest, AListThatCameIsTheWholeList) {
  ExpectMerged(R"(emails { address: "old@x.test" } emails { address: "b@x.test" })",
               R"(emails { address: "new@x.test" })", R"(emails { address: "new@x.test" })");
}

TEST(MergeProfilesTest, AListThatDidNotComeStays) {
  ExpectMerged(R"(emails { address: "a@x.test" })", R"(locale: "en")",
               R"(emails { address: "a@x.test" } locale: "en")");
}

TEST(MergeProfilesTest, AListThatCameEmptyIsEmpty) {
  ExpectMerged(
      R"(phones { number: "1" } emails { address: "a@x.test" }
         fields { key: "phones" value { source: "me" fetch_time { seconds: 1 } } })",
      R"(fields { key: "phones" value { source: "me" fetch_time { seconds: 2 } } })",
      R"(emails { address: "a@x.test" }
         fields { key: "phones" value { source: "me" fetch_time { seconds: 2 } } })");
}

TEST(MergeProfilesTest, EachMemberOfAMessageIsKept) {
  ExpectMerged(R"(country { code: "GB" name: "Britain" } counts { followers: 3 likes: 4 })",
               R"(country { name: "United Kingdom" } counts { followers: 0 })",
               R"(country { code: "GB" name: "United Kingdom" } counts { followers: 0 likes: 4 })");
}

TEST(MergeProfilesTest, ATimeIsOneValue) {
  ExpectMerged(R"(fetch_time { seconds: 1 nanos: 5 } create_time { seconds: 1 nanos: 7 })",
               R"(fetch_time { seconds: 2 } create_time { seconds: 9 })",
               R"(fetch_time { seconds: 2 } create_time { seconds: 9 })");
}

TEST(MergeProfilesTest, FalseIsNotNothing) {
  ExpectMerged(R"(hireable: true verified: true)", R"(hireable: false)",
               R"(hireable: false verified: true)");
}

TEST(MergeProfilesTest, AKeptValueThatDidNotChangeIsAsOldAsItWas) {
  ExpectMerged(
      R"(given_name: "Ann" country { code: "GB" } family_name: "Lee"
         fields { key: "given_name" value { source: "kept" fetch_time { seconds: 1 } } }
         fields { key: "country" value { source: "kept" fetch_time { seconds: 1 } } }
         fields { key: "family_name" value { source: "kept" fetch_time { seconds: 1 } } })",
      R"(given_name: "Ann" country { code: "FR" } family_name: "Lee"
         fields { key: "given_name" value { source: "kept" fetch_time { seconds: 2 } } }
         fields { key: "country" value { source: "kept" fetch_time { seconds: 2 } } }
         fields { key: "family_name" value { source: "me" fetch_time { seconds: 2 } } })",
      R"(given_name: "Ann" country { code: "FR" } family_name: "Lee"
         fields { key: "given_name" value { source: "kept" fetch_time { seconds: 1 } } }
         fields { key: "country" value { source: "kept" fetch_time { seconds: 2 } } }
         fields { key: "family_name" value { source: "me" fetch_time { seconds: 2 } } })");
}

TEST(MergeProfilesTest, MissingScopesAndRawDocumentsSpeakOfOneFetchOnly) {
  ExpectMerged(R"(missing_scopes: "email" raw { key: "userinfo" value { string_value: "x" } })",
               R"(raw { key: "userinfo" value { string_value: "y" } })", "");
  ExpectMerged(R"(missing_scopes: "email")", R"(missing_scopes: "phone")",
               R"(missing_scopes: "phone")");
}

}  // namespace
}  // namespace evertoken
