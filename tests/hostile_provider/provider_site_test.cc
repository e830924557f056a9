#include "tests/hostile_provider/provider_site.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/provider/json_document.h"

namespace evertoken::hostile {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr char kCallback[] = "http://localhost:8080/callback/hostile";
// Appendix B of RFC 7636.
constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

std::string Member(const ProviderReply& reply, const std::string& name) {
  const auto document = JsonDocument::Parse(reply.body);
  if (document == nullptr) return "no JSON";
  return document->root().At("/" + name).Text().value_or("");
}

class ProviderSiteTest : public testing::Test {
 protected:
  ProviderReply Send(const ProviderRequest& request) {
    Passage passage = site_.Handle(request, now_);
    return passage.finish(now_ + passage.delay);
  }

  ProviderReply Get(const std::string& path, demo::Form query = {},
                    const std::string& authorization = "") {
    return Send({"GET", path, std::move(query), authorization, ""});
  }

  ProviderReply Post(const std::string& path, const demo::Form& form) {
    const std::string basic = absl::StrCat("Basic ", absl::Base64Escape("evertoken:hos%26tile"));
    return Send({"POST", path, {}, basic, demo::EncodeForm(form)});
  }

  demo::Form Login() const {
    return {{"client_id", "evertoken"},
            {"redirect_uri", kCallback},
            {"response_type", "code"},
            {"scope", "openid"},
            {"state", "s-1"},
            {"nonce", "n-1"},
            {"code_challenge", kChallenge},
            {"code_challenge_method", "S256"}};
  }

  // The query of the redirect that answers an authorization request.
  demo::Form Redirected(const demo::Form& query) {
    const ProviderReply reply = Get("/authorize", query);
    EXPECT_EQ(reply.status, 303) << reply.body;
    if (reply.status != 303) return {};
    const std::string& location = reply.headers[0].second;
    EXPECT_THAT(location, StartsWith(absl::StrCat(kCallback, "?")));
    return demo::ParseForm(location.substr(location.find('?') + 1));
  }

  ProviderReply Redeem(const std::string& code) {
    return Post("/token", {{"grant_type", "authorization_code"},
                           {"code", code},
                           {"redirect_uri", kCallback},
                           {"code_verifier", kVerifier}});
  }

  ProviderReply Refresh(const std::string& token) {
    return Post("/token", {{"grant_type", "refresh_token"}, {"refresh_token", token}});
  }

  HostileProvider engine_{{}};
  ProviderSite site_{&engine_, "hos&tile"};
  absl::Time now_ = absl::FromUnixSeconds(1900000000);
};

TEST_F(ProviderSiteTest, DiscoveryNamesEveryEndpoint) {
  const ProviderReply reply = Get("/.well-known/openid-configuration");
  EXPECT_EQ(Member(reply, "issuer"), "https://hostile.test");
  for (const char* name : {"authorization_endpoint", "token_endpoint", "userinfo_endpoint",
                           "jwks_uri", "revocation_endpoint"}) {
    EXPECT_THAT(Member(reply, name), StartsWith("https://hostile.test/")) << name;
  }
  EXPECT_THAT(reply.body, HasSubstr(R"("id_token_signing_alg_values_supported":["ES256"])"));
  EXPECT_THAT(Get("/jwks").body, HasSubstr(R"("kid":"key-1")"));
}

TEST_F(ProviderSiteTest, ALoginNeedsNobody) {
  const demo::Form answer = Redirected(Login());
  EXPECT_EQ(demo::ValueOf(answer, "state"), "s-1");
  EXPECT_EQ(demo::ValueOf(answer, "iss"), "https://hostile.test");
  const ProviderReply tokens = Redeem(demo::ValueOf(answer, "code"));
  EXPECT_EQ(tokens.status, 200);
  EXPECT_THAT(Member(tokens, "id_token"), Not(IsEmpty()));
  const ProviderReply profile =
      Get("/userinfo", {}, absl::StrCat("Bearer ", Member(tokens, "access_token")));
  EXPECT_EQ(Member(profile, "sub"), "ada");
  EXPECT_EQ(Refresh(Member(tokens, "refresh_token")).status, 200);
}

TEST_F(ProviderSiteTest, TheLoginHintIsTheUser) {
  demo::Form login = Login();
  login["login_hint"] = "grace";
  Redeem(demo::ValueOf(Redirected(login), "code"));
  EXPECT_EQ(engine_.book().families()[0].user, "grace");
}

TEST_F(ProviderSiteTest, LoginsFollowTheirRules) {
  site_.login_rules().policy.rotation = Rotation::kNone;
  Redeem(demo::ValueOf(Redirected(Login()), "code"));
  EXPECT_EQ(engine_.book().families()[0].policy.rotation, Rotation::kNone);
  site_.login_rules().error = "access_denied";
  const demo::Form answer = Redirected(Login());
  EXPECT_EQ(demo::ValueOf(answer, "error"), "access_denied");
  EXPECT_EQ(demo::ValueOf(answer, "state"), "s-1");
  EXPECT_EQ(demo::ValueOf(answer, "code"), "");
}

TEST_F(ProviderSiteTest, BadAuthorizationRequestsAreRefused) {
  for (const auto& [name, value] :
       demo::Form{{"client_id", "other"}, {"redirect_uri", "javascript:alert(1)"}}) {
    demo::Form login = Login();
    login[name] = value;
    EXPECT_EQ(Get("/authorize", login).status, 400) << name;
  }
  demo::Form split = Login();
  split["redirect_uri"] = "http://localhost/\r\nSet-Cookie: a=b";
  EXPECT_EQ(Get("/authorize", split).status, 400);
  for (const auto& [name, value] :
       demo::Form{{"response_type", "token"}, {"code_challenge_method", "plain"}}) {
    demo::Form login = Login();
    login[name] = value;
    EXPECT_THAT(demo::ValueOf(Redirected(login), "error"), Not(IsEmpty())) << name;
  }
}

TEST_F(ProviderSiteTest, TheClientProvesItselfInEitherWay) {
  const std::string token = engine_.NewFamily({}, now_)->refresh_token;
  demo::Form form = {{"grant_type", "refresh_token"}, {"refresh_token", token}};
  const auto send = [this, &form](const std::string& authorization) {
    return Send({"POST", "/token", {}, authorization, demo::EncodeForm(form)}).status;
  };
  EXPECT_EQ(send(""), 401);
  EXPECT_EQ(send("Basic !"), 401);
  EXPECT_EQ(send(absl::StrCat("Basic ", absl::Base64Escape("evertoken:wrong"))), 401);
  form["client_id"] = "evertoken";
  form["client_secret"] = "wrong";
  EXPECT_EQ(send(""), 401);
  EXPECT_EQ(engine_.book().Count(token), 0);
  form["client_secret"] = "hos&tile";
  EXPECT_EQ(send(""), 200);
  EXPECT_EQ(Send({"POST", "/revoke", {}, "", "token=x"}).status, 401);
}

TEST_F(ProviderSiteTest, RevocationEndsTheFamily) {
  const std::string token = engine_.NewFamily({}, now_)->refresh_token;
  EXPECT_EQ(Post("/revoke", {{"token", token}}).status, 200);
  EXPECT_EQ(Member(Refresh(token), "error"), "invalid_grant");
}

TEST_F(ProviderSiteTest, ADelayedRequestHasItsEffectAfterwards) {
  const IssuedPair pair = *engine_.NewFamily({}, now_);
  Trouble slow;
  slow.delay_before = absl::Seconds(3);
  ASSERT_TRUE(engine_.script().Queue(Endpoint::kToken, slow, 1, pair.family).ok());
  const demo::Form form = {{"grant_type", "refresh_token"},
                           {"refresh_token", pair.refresh_token},
                           {"client_id", "evertoken"},
                           {"client_secret", "hos&tile"}};
  Passage passage = site_.Handle({"POST", "/token", {}, "", demo::EncodeForm(form)}, now_);
  EXPECT_EQ(passage.delay, absl::Seconds(3));
  EXPECT_EQ(engine_.book().Count(pair.refresh_token), 0);
  EXPECT_EQ(passage.finish(now_ + passage.delay).status, 200);
  EXPECT_EQ(engine_.book().Presentations(pair.refresh_token)[0].time, now_ + absl::Seconds(3));
}

TEST_F(ProviderSiteTest, EachEndpointMeetsItsTroubles) {
  Trouble down;
  down.fault = Fault::kStatus;
  for (const Endpoint endpoint : {Endpoint::kToken, Endpoint::kUserInfo, Endpoint::kRevoke,
                                  Endpoint::kKeys, Endpoint::kDiscovery}) {
    ASSERT_TRUE(engine_.script().Queue(endpoint, down).ok());
  }
  EXPECT_EQ(Redeem("any").status, 503);
  EXPECT_EQ(Get("/userinfo").status, 503);
  EXPECT_EQ(Post("/revoke", {}).status, 503);
  EXPECT_EQ(Get("/jwks").status, 503);
  EXPECT_EQ(Get("/.well-known/openid-configuration").status, 503);
  EXPECT_EQ(engine_.script().queued(), 0);
}

TEST_F(ProviderSiteTest, UnknownPathsMethodsAndGrantTypesAreRefused) {
  EXPECT_EQ(Get("/nowhere").status, 404);
  EXPECT_EQ(Get("/token").status, 404);
  EXPECT_EQ(Member(Post("/token", {{"grant_type", "password"}}), "error"),
            "unsupported_grant_type");
  EXPECT_EQ(Get("/userinfo", {}, "Basic x").status, 401);
}

}  // namespace
}  // namespace evertoken::hostile
