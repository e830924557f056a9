#include "server/provider/token_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/proto_time.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using storage::v1::ProviderTokens;
using ::testing::ElementsAre;

const absl::Time kLogin = absl::FromUnixSeconds(1900000000);
const absl::Time kLater = kLogin + absl::Hours(10);

Provider Entry(Provider::Lifetimes::Model model) {
  Provider entry;
  *entry.mutable_lifetimes()->mutable_refresh_token() = ToDuration(absl::Hours(100));
  entry.mutable_lifetimes()->set_refresh_token_model(model);
  return entry;
}

ProviderTokens Tokens(const char* access, const char* refresh, absl::Time obtained) {
  ProviderTokens tokens;
  tokens.set_access_token(access);
  tokens.set_refresh_token(refresh);
  *tokens.mutable_obtain_time() = ToTimestamp(obtained);
  return tokens;
}

// The refresh token's end after a renewal that brought `refresh`, counted from the login.
absl::Duration EndAfter(Provider::Lifetimes::Model model, const char* refresh) {
  const Provider entry = Entry(model);
  ProviderTokens old = Tokens("a1", "r1", kLogin);
  CompleteFirstTokens(entry, &old);
  const ProviderTokens merged = MergeTokens(entry, old, Tokens("a2", refresh, kLater));
  return FromTimestamp(merged.refresh_expire_time()) - kLogin;
}

TEST(TokenMergeTest, WhatTheReplyLeavesOutIsKept) {
  ProviderTokens old = Tokens("a1", "r1", kLogin);
  old.set_id_token("i1");
  old.set_redirect_uri("https://us.test/cb");
  old.add_scopes("s1");
  (*old.mutable_kept())["k1"] = "old";
  (*old.mutable_kept())["k2"] = "old";
  ProviderTokens fresh = Tokens("a2", "", kLater);
  (*fresh.mutable_kept())["k2"] = "new";
  const ProviderTokens merged = MergeTokens(Provider(), old, fresh);
  EXPECT_EQ(merged.access_token(), "a2");
  EXPECT_EQ(merged.refresh_token(), "r1");
  EXPECT_EQ(merged.id_token(), "i1");
  EXPECT_EQ(merged.redirect_uri(), "https://us.test/cb");
  EXPECT_THAT(merged.scopes(), ElementsAre("s1"));
  EXPECT_EQ(merged.kept().at("k1"), "old");
  EXPECT_EQ(merged.kept().at("k2"), "new");
  EXPECT_EQ(FromTimestamp(merged.obtain_time()), kLater);
}

TEST(TokenMergeTest, WhatTheReplyBringsReplaces) {
  ProviderTokens old = Tokens("a1", "r1", kLogin);
  *old.mutable_access_expire_time() = ToTimestamp(kLogin);
  ProviderTokens fresh = Tokens("a2", "r2", kLater);
  fresh.add_scopes("s2");
  const ProviderTokens merged = MergeTokens(Provider(), old, fresh);
  EXPECT_EQ(merged.refresh_token(), "r2");
  EXPECT_THAT(merged.scopes(), ElementsAre("s2"));
  EXPECT_FALSE(merged.has_access_expire_time());
}

TEST(TokenMergeTest, TheRefreshTokensEndFollowsTheModel) {
  EXPECT_EQ(EndAfter(Provider::Lifetimes::MODEL_ABSOLUTE, ""), absl::Hours(100));
  EXPECT_EQ(EndAfter(Provider::Lifetimes::MODEL_ABSOLUTE, "r2"), absl::Hours(100));
  EXPECT_EQ(EndAfter(Provider::Lifetimes::MODEL_IDLE, ""), absl::Hours(110));
  EXPECT_EQ(EndAfter(Provider::Lifetimes::MODEL_SLIDING, ""), absl::Hours(100));
  EXPECT_EQ(EndAfter(Provider::Lifetimes::MODEL_SLIDING, "r2"), absl::Hours(110));
}

TEST(TokenMergeTest, AnEndThatIsToldWins) {
  ProviderTokens fresh = Tokens("a2", "", kLater);
  *fresh.mutable_refresh_expire_time() = ToTimestamp(kLater + absl::Hours(1));
  const ProviderTokens merged =
      MergeTokens(Entry(Provider::Lifetimes::MODEL_ABSOLUTE), Tokens("a1", "r1", kLogin), fresh);
  EXPECT_EQ(FromTimestamp(merged.refresh_expire_time()), kLater + absl::Hours(1));
}

TEST(TokenMergeTest, AnEndOnceToldDoesNotOutliveItsToken) {
  ProviderTokens old = Tokens("a1", "r1", kLogin);
  *old.mutable_refresh_expire_time() = ToTimestamp(kLogin + absl::Hours(20));
  EXPECT_TRUE(MergeTokens(Provider(), old, Tokens("a2", "", kLater)).has_refresh_expire_time());
  EXPECT_FALSE(MergeTokens(Provider(), old, Tokens("a2", "r2", kLater)).has_refresh_expire_time());
}

TEST(TokenMergeTest, WithoutARefreshTokenThereIsNoEnd) {
  ProviderTokens tokens = Tokens("a1", "", kLogin);
  *tokens.mutable_refresh_expire_time() = ToTimestamp(kLater);
  CompleteFirstTokens(Entry(Provider::Lifetimes::MODEL_IDLE), &tokens);
  EXPECT_FALSE(tokens.has_refresh_expire_time());
}

TEST(TokenMergeTest, NothingOutlivesTheCapOfTheLogin) {
  Provider entry = Entry(Provider::Lifetimes::MODEL_SLIDING);
  *entry.mutable_lifetimes()->mutable_refresh_token_cap() = ToDuration(absl::Hours(150));
  ProviderTokens tokens = Tokens("a1", "r1", kLogin);
  CompleteFirstTokens(entry, &tokens);
  EXPECT_EQ(FromTimestamp(tokens.refresh_cap_time()), kLogin + absl::Hours(150));
  EXPECT_EQ(FromTimestamp(tokens.refresh_expire_time()), kLogin + absl::Hours(100));
  tokens = MergeTokens(entry, tokens, Tokens("a2", "r2", kLogin + absl::Hours(90)));
  EXPECT_EQ(FromTimestamp(tokens.refresh_cap_time()), kLogin + absl::Hours(150));
  EXPECT_EQ(FromTimestamp(tokens.refresh_expire_time()), kLogin + absl::Hours(150));
  // Also against what a reply says.
  ProviderTokens told = Tokens("a3", "r3", kLogin + absl::Hours(91));
  *told.mutable_refresh_expire_time() = ToTimestamp(kLogin + absl::Hours(900));
  tokens = MergeTokens(entry, tokens, told);
  EXPECT_EQ(FromTimestamp(tokens.refresh_expire_time()), kLogin + absl::Hours(150));
}

TEST(TokenMergeTest, BothTokensMayEndTogether) {
  Provider entry;
  entry.mutable_lifetimes()->set_refresh_token_model(Provider::Lifetimes::MODEL_SAME_AS_ACCESS);
  ProviderTokens first = Tokens("a1", "r1", kLogin);
  *first.mutable_access_expire_time() = ToTimestamp(kLogin + absl::Hours(5));
  CompleteFirstTokens(entry, &first);
  EXPECT_EQ(FromTimestamp(first.refresh_expire_time()), kLogin + absl::Hours(5));
  ProviderTokens fresh = Tokens("a2", "", kLater);
  *fresh.mutable_access_expire_time() = ToTimestamp(kLater + absl::Hours(5));
  const ProviderTokens merged = MergeTokens(entry, first, fresh);
  EXPECT_EQ(merged.refresh_token(), "r1");
  EXPECT_EQ(FromTimestamp(merged.refresh_expire_time()), kLater + absl::Hours(5));
  EXPECT_FALSE(MergeTokens(entry, first, Tokens("a2", "", kLater)).has_refresh_expire_time());
}

TEST(TokenMergeTest, TokensStayTheirClients) {
  ProviderTokens first = Tokens("a1", "r1", kLogin);
  first.set_client_id("phone");
  EXPECT_EQ(MergeTokens(Provider(), first, Tokens("a2", "r2", kLater)).client_id(), "phone");
}

}  // namespace
}  // namespace evertoken
