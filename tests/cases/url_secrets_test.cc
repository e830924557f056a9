#include "server/cases/url_secrets.h"

#include <gtest/gtest.h>

#include "tests/cases/one_case.h"

namespace evertoken {
namespace {

using config::v1::Provider;

ProviderCase Played() {
  ProviderCase played =
      OneCase("{action: renew, tokens: {kept: {id: 'https://id.test/me'}}, expect: {error: X}}");
  (*played.client.mutable_instance())["base_url"] = "https://a.test";
  return played;
}

bool IsStray(const Provider& entry, const std::string& url) {
  return HoldsStraySecret(Played(), entry, url);
}

TEST(UrlSecretsTest, AnEntryThatSaysNothingAdmitsNone) {
  EXPECT_FALSE(IsStray(Provider(), "https://a.test/?q=1"));
  for (const char* secret :
       {"case-secret", "case-code", "case-verifier", "refresh-1", "access-1"}) {
    EXPECT_TRUE(IsStray(Provider(), std::string("https://a.test/?q=") + secret)) << secret;
    EXPECT_TRUE(IsStray(Provider(), std::string("https://a.test/") + secret)) << secret;
  }
}

TEST(UrlSecretsTest, AUrlThatBeginsWithAPlaceholderIsThatOneAlone) {
  for (const char* url : {"{kept:id}", "{instance:base_url}/me"}) {
    Provider entry;
    Provider::ProfileCall* call = entry.add_profile_calls();
    call->set_url(url);
    (*call->mutable_query())["t"] = "{access_token}";
    const std::string own =
        std::string(url) == "{kept:id}" ? "https://id.test/me" : "https://a.test/me";
    EXPECT_FALSE(IsStray(entry, own + "?t=access-1")) << url;
    EXPECT_TRUE(IsStray(entry, own + "?u=access-1")) << url;
    EXPECT_TRUE(IsStray(entry, own + "?t=refresh-1")) << url;
    EXPECT_TRUE(IsStray(entry, own + "/more?t=access-1")) << url;
    EXPECT_TRUE(IsStray(entry, "https://b.test/?t=access-1")) << url;
  }
}

TEST(UrlSecretsTest, AFormOrAHeaderIsNoUrl) {
  Provider entry;
  Provider::ProfileCall* call = entry.add_profile_calls();
  call->set_url("https://a.test/me");
  (*call->mutable_form())["t"] = "{access_token}";
  (*call->mutable_headers())["t"] = "{access_token}";
  Provider::TokenRequest* revocation = entry.mutable_revocation()->mutable_request();
  revocation->set_url("https://a.test/end");
  revocation->set_method("POST");
  revocation->set_secrets_in_url(true);
  (*revocation->mutable_parameters())["t"] = "{refresh_token}";
  EXPECT_TRUE(IsStray(entry, "https://a.test/me?t=access-1"));
  EXPECT_TRUE(IsStray(entry, "https://a.test/end?t=refresh-1"));
  revocation->set_method("GET");
  EXPECT_FALSE(IsStray(entry, "https://a.test/end?t=refresh-1"));
}

TEST(UrlSecretsTest, ATokenRequestNeedsLeaveForMoreThanAnAccessToken) {
  Provider entry;
  Provider::TokenRequest* request = entry.mutable_renewal()->mutable_request();
  request->set_url("https://a.test/renew");
  request->set_method("GET");
  (*request->mutable_parameters())["t"] = "{access_token}";
  (*request->mutable_parameters())["s"] = "{client_secret}";
  EXPECT_FALSE(IsStray(entry, "https://a.test/renew?t=access-1"));
  EXPECT_TRUE(IsStray(entry, "https://a.test/renew?t=access-1&s=case-secret"));
  request->set_secrets_in_url(true);
  EXPECT_FALSE(IsStray(entry, "https://a.test/renew?t=access-1&s=case-secret"));
}

TEST(UrlSecretsTest, APathHoldsTheSecretThatItsUrlNames) {
  Provider entry;
  Provider::TokenRequest* request = entry.mutable_revocation()->mutable_request();
  request->set_url("https://a.test/{refresh_token}/end");
  request->set_method("DELETE");
  request->set_secrets_in_url(true);
  EXPECT_FALSE(IsStray(entry, "https://a.test/refresh-1/end"));
  EXPECT_TRUE(IsStray(entry, "https://a.test/access-1/end"));
  EXPECT_TRUE(IsStray(entry, "https://a.test/refresh-1/other"));
  EXPECT_TRUE(IsStray(entry, "https://a.test/refresh-1/and/end"));
}

}  // namespace
}  // namespace evertoken
