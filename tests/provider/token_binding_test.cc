#include "server/provider/token_binding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using storage::v1::ProviderTokens;

ProviderTokens Tokens(const char* refresh_token) {
  ProviderTokens tokens;
  tokens.set_access_token("a1");
  tokens.set_refresh_token(refresh_token);
  return tokens;
}

TEST(TokenBindingTest, RenewalIsWhatTheTokensPermit) {
  const ProviderHarness plain;
  EXPECT_EQ(RenewalKindOf(*plain.acme.entry, Tokens("r1")),
            Provider::Renewal::KIND_REFRESH_TOKEN_GRANT);
  EXPECT_EQ(RenewalKindOf(*plain.acme.entry, Tokens("")), Provider::Renewal::KIND_NONE);
  const ProviderHarness asks("    renewal: {without_refresh_token: liveness_check}");
  EXPECT_EQ(RenewalKindOf(*asks.acme.entry, Tokens("r1")),
            Provider::Renewal::KIND_REFRESH_TOKEN_GRANT);
  EXPECT_EQ(RenewalKindOf(*asks.acme.entry, Tokens("")), Provider::Renewal::KIND_LIVENESS_CHECK);
  const ProviderHarness exchanges(
      "    renewal: {kind: exchange_access_token, request: {url: 'https://acme.test/x', proof: "
      "bearer}}");
  EXPECT_EQ(RenewalKindOf(*exchanges.acme.entry, Tokens("")),
            Provider::Renewal::KIND_EXCHANGE_ACCESS_TOKEN);
}

bool Proves(const char* introspection, const char* secret) {
  ProviderHarness harness(absl::StrCat(
      "    introspection: {request: {url: 'https://acme.test/look', ", introspection, "}"));
  harness.client.set_client_secret(secret);
  return ProvesAudience(harness.acme);
}

TEST(TokenBindingTest, AnAnswerAboutATokenProvesItsClientByNameOrSecret) {
  constexpr char kNamed[] = "parameters: {t: '{access_token}'}}, audience: /aud";
  constexpr char kProven[] = "proof: client, parameters: {t: '{access_token}'}}";
  constexpr char kWritten[] = "parameters: {t: '{access_token}', s: '{client_secret}'}}";
  for (const char* introspection : {kNamed, kProven, kWritten})
    EXPECT_TRUE(Proves(introspection, "secret")) << introspection;
  EXPECT_TRUE(Proves(kNamed, ""));
  EXPECT_FALSE(Proves(kProven, ""));
  EXPECT_FALSE(Proves(kWritten, ""));
}

TEST(TokenBindingTest, TheEntrySaysTheKindOfTheTokens) {
  const ProviderHarness asks("    renewal: {without_refresh_token: liveness_check}");
  EXPECT_EQ(ForTokens(asks.acme, Tokens("r1")).entry, asks.acme.entry);
  const ProviderBinding bound = ForTokens(asks.acme, Tokens(""));
  EXPECT_EQ(bound.entry->renewal().kind(), Provider::Renewal::KIND_LIVENESS_CHECK);
  EXPECT_EQ(bound.entry->token().url(), asks.acme.entry->token().url());
  EXPECT_EQ(bound.client, asks.acme.client);
}

TEST(TokenBindingTest, AFurtherPairIsRenewedByARefreshTokenOrNotAtAll) {
  ProviderTokens bot = Tokens("");
  bot.set_chain("bot");
  const ProviderHarness asks("    renewal: {without_refresh_token: liveness_check}");
  EXPECT_EQ(RenewalKindOf(*asks.acme.entry, bot), Provider::Renewal::KIND_NONE);
  const ProviderHarness lives("    renewal: {kind: liveness_check}");
  EXPECT_EQ(RenewalKindOf(*lives.acme.entry, bot), Provider::Renewal::KIND_NONE);
  bot.set_refresh_token("r1");
  EXPECT_EQ(RenewalKindOf(*asks.acme.entry, bot), Provider::Renewal::KIND_REFRESH_TOKEN_GRANT);
}

TEST(TokenBindingTest, RepliesToAFurtherPairHaveItAtItsPlaceAlone) {
  ProviderTokens bot = Tokens("r1");
  bot.set_chain("bot");
  const ProviderHarness nested(
      "    token: {reply: {roots: [/user, '']}, secondary: {bot: {at: /bot}}}");
  EXPECT_THAT(ForTokens(nested.acme, bot).entry->token().reply().roots(),
              testing::ElementsAre("/bot"));
  EXPECT_THAT(ForTokens(nested.acme, Tokens("r1")).entry->token().reply().roots(),
              testing::ElementsAre("/user", ""));
  const ProviderHarness plain("    token: {secondary: {bot: {at: /bot}}}");
  EXPECT_THAT(ForTokens(plain.acme, bot).entry->token().reply().roots(),
              testing::ElementsAre("/bot"));
}

TEST(TokenBindingTest, ANativeClientHasNoSecretButAJwt) {
  ProviderHarness plain;
  plain.client.add_native_client_ids("phone");
  EXPECT_TRUE(IsClientOf(plain.client, "our-client"));
  EXPECT_TRUE(IsClientOf(plain.client, "phone"));
  EXPECT_FALSE(IsClientOf(plain.client, "stranger"));
  EXPECT_EQ(ForClient(plain.acme, "").client, &plain.client);
  EXPECT_EQ(ForClient(plain.acme, "our-client").client, &plain.client);
  const ProviderBinding phone = ForClient(plain.acme, "phone");
  EXPECT_EQ(phone.client->client_id(), "phone");
  EXPECT_EQ(phone.client->client_secret(), "");
  EXPECT_TRUE(IsClientOf(*phone.client, "our-client"));
  EXPECT_EQ(plain.client.client_id(), "our-client");
  const ProviderHarness signs(
      "    client_authentication: {kind: jwt_as_secret, jwt: {issuer: i, audience: a, key_id: k}}");
  EXPECT_EQ(ForClient(signs.acme, "phone").client->client_secret(), "s3cr&t");
}

}  // namespace
}  // namespace evertoken
