#include "server/provider/token_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/proto_time.h"
#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using storage::v1::ProviderTokens;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kSent = absl::FromUnixSeconds(1900000000);

absl::StatusOr<ProviderTokens> Read(const ProviderHarness& harness, const std::string& json,
                                    absl::string_view current = "") {
  return ReadTokenReply(harness.acme, harness.acme.entry->token().reply(),
                        JsonDocument::Parse(json)->root(), kSent, current);
}

absl::Duration LifeOf(const ProviderTokens& tokens) {
  return FromTimestamp(tokens.access_expire_time()) - kSent;
}

TEST(TokenReplyTest, ReadsTheStandardMembers) {
  const ProviderHarness harness;
  const auto tokens = Read(
      harness, R"({"access_token":"a","token_type":"bearer","expires_in":3600,"refresh_token":"r",
      "refresh_token_expires_in":86400,"scope":"x y","id_token":"i.i.i"})");
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->access_token(), "a");
  EXPECT_EQ(tokens->token_type(), "bearer");
  EXPECT_EQ(tokens->refresh_token(), "r");
  EXPECT_EQ(tokens->id_token(), "i.i.i");
  EXPECT_THAT(tokens->scopes(), ElementsAre("x", "y"));
  EXPECT_EQ(LifeOf(*tokens), absl::Hours(1));
  EXPECT_EQ(FromTimestamp(tokens->refresh_expire_time()), kSent + absl::Hours(24));
  EXPECT_EQ(FromTimestamp(tokens->obtain_time()), kSent);
}

TEST(TokenReplyTest, ReadsLifetimesInEveryShape) {
  const ProviderHarness harness;
  EXPECT_EQ(LifeOf(*Read(harness, R"({"access_token":"a","expires_in":"3600"})")), absl::Hours(1));
  EXPECT_EQ(LifeOf(*Read(harness, R"({"access_token":"a","expires_in":3600.5})")),
            absl::Hours(1) + absl::Milliseconds(500));
  EXPECT_EQ(LifeOf(*Read(harness, R"({"access_token":"a","expires_in":0})")), absl::ZeroDuration());
  EXPECT_EQ(LifeOf(*Read(harness, R"({"access_token":"a","expires_in":1e300})")),
            absl::Hours(24) * 3650);
  for (const char* none :
       {R"({"access_token":"a"})", R"({"access_token":"a","expires_in":null})",
        R"({"access_token":"a","expires_in":"soon"})", R"({"access_token":"a","expires_in":{}})"}) {
    EXPECT_FALSE(Read(harness, none)->has_access_expire_time()) << none;
  }
}

TEST(TokenReplyTest, TheCatalogueFillsInALifetimeThatIsNotTold) {
  const ProviderHarness harness("    lifetimes: {access_token: 2h}");
  EXPECT_EQ(LifeOf(*Read(harness, R"({"access_token":"a"})")), absl::Hours(2));
  EXPECT_EQ(LifeOf(*Read(harness, R"({"access_token":"a","expires_in":60})")), absl::Minutes(1));
}

// kSent is 2030-03-17T17:46:40Z.
TEST(TokenReplyTest, ReadsThePointInTimeAtWhichATokenExpires) {
  const ProviderHarness harness("    token: {reply: {expires_at: /until}}");
  for (const char* hour : {"1900003600", R"("1900003600")", R"("2030-03-17T18:46:40Z")",
                           R"("2030-03-17T18:46:40.000Z")", R"("2030-03-17T18:46:40.0000000Z")",
                           R"("2030-03-17T20:46:40+02:00")"}) {
    const auto tokens = Read(harness, std::string(R"({"access_token":"a","until":)") + hour + "}");
    ASSERT_THAT(tokens, IsOk());
    EXPECT_EQ(LifeOf(*tokens), absl::Hours(1)) << hour;
  }
  for (const char* none : {"0", "null", R"("")", R"("2030-03-17T18:46:40")", R"("soon")", "[]"}) {
    const auto tokens = Read(harness, std::string(R"({"access_token":"a","until":)") + none + "}");
    EXPECT_FALSE(tokens->has_access_expire_time()) << none;
  }
}

TEST(TokenReplyTest, AnEndIsHeldWithinBoundsAndALifetimeGoesBeforeIt) {
  const ProviderHarness harness("    token: {reply: {expires_at: /until}}");
  EXPECT_EQ(LifeOf(*Read(harness, R"({"access_token":"a","expires_in":60,"until":1900003600})")),
            absl::Minutes(1));
  EXPECT_EQ(LifeOf(*Read(harness, R"({"access_token":"a","until":1899990000})")),
            absl::ZeroDuration());
  EXPECT_EQ(LifeOf(*Read(harness, R"({"access_token":"a","until":1e300})")),
            absl::Hours(24) * 3650);
}

TEST(TokenReplyTest, ReadsTheCustomaryPlacesWhereTheEntryNamesNone) {
  const ProviderHarness harness;
  const auto other = Read(
      harness, R"({"access_token":"a","refresh_token":"r","refresh_expires_in":60,"scopes":"x"})");
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(FromTimestamp(other->refresh_expire_time()), kSent + absl::Minutes(1));
  EXPECT_THAT(other->scopes(), ElementsAre("x"));
  const auto both =
      Read(harness, R"({"access_token":"a","refresh_token":"r","scope":"y","scopes":"x",
      "refresh_token_expires_in":120,"refresh_expires_in":60})");
  EXPECT_EQ(FromTimestamp(both->refresh_expire_time()), kSent + absl::Minutes(2));
  EXPECT_THAT(both->scopes(), ElementsAre("y"));
  const ProviderHarness named("    token: {reply: {scope: /s, refresh_expires_in: /r}}");
  const auto nothing = Read(
      named, R"({"access_token":"a","refresh_token":"r","refresh_expires_in":60,"scope":"x"})");
  EXPECT_FALSE(nothing->has_refresh_expire_time());
  EXPECT_THAT(nothing->scopes(), IsEmpty());
}

TEST(TokenReplyTest, TokensComeFromTheFirstRootThatHasThem) {
  const ProviderHarness harness("    token: {reply: {roots: [/user, ''], keep: {team: /team}}}");
  const auto user = Read(
      harness,
      R"({"access_token":"bot","refresh_token":"rb","team":"t","user":{"access_token":"u","expires_in":60}})");
  ASSERT_THAT(user, IsOk());
  EXPECT_EQ(user->access_token(), "u");
  EXPECT_EQ(user->refresh_token(), "");
  EXPECT_EQ(LifeOf(*user), absl::Minutes(1));
  EXPECT_EQ(user->kept().at("team"), "t");
  const auto bot = Read(harness, R"({"access_token":"bot","refresh_token":"rb","user":{"id":1}})");
  ASSERT_THAT(bot, IsOk());
  EXPECT_EQ(bot->access_token(), "bot");
  EXPECT_EQ(bot->refresh_token(), "rb");
  const auto rotated = Read(harness, R"({"user":{"refresh_token":"new"}})", "old");
  ASSERT_THAT(rotated, IsOk());
  EXPECT_EQ(rotated->refresh_token(), "new");
  EXPECT_THAT(Read(harness, R"({"other":{"access_token":"a"}})"),
              HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
}

TEST(TokenReplyTest, ANegativeLifetimeIsRefusedUnlessThatWouldLoseANewRefreshToken) {
  const ProviderHarness harness;
  EXPECT_THAT(Read(harness, R"({"access_token":"a","expires_in":-1,"refresh_token":"r"})"),
              HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_THAT(Read(harness, R"({"access_token":"a","expires_in":"-3600"})", "old"),
              HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_THAT(Read(harness, R"({"access_token":"a","expires_in":-1,"refresh_token":"old"})", "old"),
              HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  const auto rotated =
      Read(harness, R"({"access_token":"a","expires_in":-1,"refresh_token":"new"})", "old");
  ASSERT_THAT(rotated, IsOk());
  EXPECT_EQ(rotated->refresh_token(), "new");
  EXPECT_EQ(LifeOf(*rotated), absl::ZeroDuration());
}

TEST(TokenReplyTest, AnUnusableAccessTokenIsRefused) {
  const ProviderHarness harness;
  const std::string huge(20000, 'a');
  for (const std::string& json :
       {std::string("{}"), std::string("[]"), std::string("1"),
        std::string(R"({"access_token":""})"), std::string(R"({"access_token":null})"),
        std::string(R"({"access_token":12})"), std::string(R"({"access_token":"a\r\nX-Evil: 1"})"),
        std::string(R"({"access_token":"a b"})"), std::string(R"({"access_token":"\u00e9"})"),
        R"({"access_token":")" + huge + R"("})"}) {
    EXPECT_THAT(Read(harness, json), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID))
        << json.substr(0, 60);
  }
}

TEST(TokenReplyTest, ANewRefreshTokenIsKeptEvenWithoutAccessToken) {
  const ProviderHarness harness;
  const auto tokens = Read(harness, R"({"refresh_token":"new"})", "old");
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->refresh_token(), "new");
  EXPECT_EQ(tokens->access_token(), "");
  EXPECT_THAT(Read(harness, R"({"refresh_token":"old"})", "old"),
              HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_THAT(Read(harness, R"({"refresh_token":"first"})"),
              HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
}

TEST(TokenReplyTest, WhatIsNoTokenTypeIsBearer) {
  const ProviderHarness harness;
  for (const char* type :
       {R"("")", R"("two words")", "7", R"("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\u00e9")",
        R"("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"}) {
    const auto tokens =
        Read(harness, std::string(R"({"access_token":"a","token_type":)") + type + "}");
    ASSERT_THAT(tokens, IsOk());
    EXPECT_EQ(tokens->token_type(), "Bearer") << type;
  }
}

TEST(TokenReplyTest, ReadsScopesByTheEntrysHabits) {
  const ProviderHarness comma("    token: {reply: {scope_separator: comma}}");
  EXPECT_THAT(Read(comma, R"({"access_token":"a","scope":"x, y,,z"})")->scopes(),
              ElementsAre("x", "y", "z"));
  EXPECT_THAT(Read(comma, R"({"access_token":"a","scope":["x","y z",7]})")->scopes(),
              ElementsAre("x", "7"));
  EXPECT_THAT(Read(comma, R"({"access_token":"a","scope":null})")->scopes(), IsEmpty());
}

TEST(TokenReplyTest, ReadsWhereTheEntrySays) {
  const ProviderHarness harness(
      "    token: {reply: {access_token: /data/0/token, refresh_token: /data/0/r, expires_in: "
      "/ttl, keep: {user: /user/id}}}");
  const auto tokens = Read(harness, R"({"data":[{"token":"a","r":"b"}],"ttl":5,"user":{"id":42}})");
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->access_token(), "a");
  EXPECT_EQ(tokens->refresh_token(), "b");
  EXPECT_EQ(LifeOf(*tokens), absl::Seconds(5));
  EXPECT_EQ(tokens->kept().at("user"), "42");
}

TEST(TokenReplyTest, BodiesAreJsonOrFormsByWhatIsSaid) {
  config::v1::Provider::TokenReply format;
  HttpReply form;
  form.body = "access_token=a%2Bb&expires_in=60";
  form.headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
  EXPECT_EQ(ParseTokenBody(format, form)->root().At("/access_token").Text(), "a+b");
  form.headers.clear();
  EXPECT_EQ(ParseTokenBody(format, form), nullptr);
  format.set_format(config::v1::Provider::TokenReply::FORMAT_FORM);
  EXPECT_EQ(ParseTokenBody(format, form)->root().At("/expires_in").Number(), 60);
  format.set_format(config::v1::Provider::TokenReply::FORMAT_JSON);
  form.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(ParseTokenBody(format, form), nullptr);
}

}  // namespace
}  // namespace evertoken
