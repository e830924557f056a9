#include "tests/demo/demo_provider.h"

#include <boost/json.hpp>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/demo/form.h"
#include "tests/demo/scripted_browser.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken::demo {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Appendix B of RFC 7636.
constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

boost::json::object Json(const std::string& text) { return boost::json::parse(text).as_object(); }

std::string Text(const boost::json::object& object, const char* name) {
  const boost::json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string().c_str())
                                                : std::string();
}

class DemoProviderTest : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<DemoProvider>> provider = DemoProvider::Start({});
    ASSERT_THAT(provider, IsOk());
    provider_ = *std::move(provider);
    callback_ = absl::StrCat(provider_->issuer(), "/app");
    provider_->AddPage("/app", "App",
                       [](const Form&) { return std::string("<p>back at the app</p>"); });
    provider_->AllowRedirectUri(callback_);
  }

  Form AuthorizationRequest() const {
    return {{"client_id", provider_->client_id()},
            {"redirect_uri", callback_},
            {"response_type", "code"},
            {"scope", "openid profile"},
            {"state", "state-1"},
            {"nonce", "nonce-1"},
            {"code_challenge", kChallenge},
            {"code_challenge_method", "S256"}};
  }

  Page Authorize(const Form& request) {
    return Must(
        browser_.Open(AppendQuery(absl::StrCat(provider_->issuer(), "/authorize"), request)));
  }

  Page LogIn(const std::string& user, const std::string& decision) {
    const Page login = Authorize(AuthorizationRequest());
    const Page consent = Must(browser_.Submit(login, {{"user", user}}));
    return Must(browser_.Submit(consent, {{"decision", decision}}));
  }

  std::string Basic() const {
    return absl::StrCat(
        "Authorization: Basic ",
        absl::Base64Escape(absl::StrCat(provider_->client_id(), ":", provider_->client_secret())));
  }

  Page Token(const Form& form) {
    return Must(browser_.Post(provider_->issuer() + "/token", form, {Basic()}));
  }

  boost::json::object Redeem(const std::string& code) {
    return Json(Token({{"grant_type", "authorization_code"},
                       {"code", code},
                       {"redirect_uri", callback_},
                       {"code_verifier", kVerifier}})
                    .body);
  }

  Page UserInfo(const std::string& access_token) {
    return Must(browser_.Get(provider_->issuer() + "/userinfo",
                             {absl::StrCat("Authorization: Bearer ", access_token)}));
  }

  static Page Must(absl::StatusOr<Page> page) {
    EXPECT_THAT(page, IsOk());
    return page.ok() ? *std::move(page) : Page();
  }

  std::unique_ptr<DemoProvider> provider_;
  std::string callback_;
  ScriptedBrowser browser_;
};

TEST_F(DemoProviderTest, DiscoveryNamesEveryEndpoint) {
  const boost::json::object document =
      Json(Must(browser_.Open(provider_->issuer() + "/.well-known/openid-configuration")).body);
  EXPECT_EQ(Text(document, "issuer"), provider_->issuer());
  for (const char* endpoint : {"authorization_endpoint", "token_endpoint", "userinfo_endpoint",
                               "jwks_uri", "revocation_endpoint"}) {
    EXPECT_THAT(Text(document, endpoint), StartsWith(provider_->issuer()));
  }
  EXPECT_THAT(Must(browser_.Open(Text(document, "jwks_uri"))).body, HasSubstr("\"kty\":\"RSA\""));
}

TEST_F(DemoProviderTest, ALoginGivesTokensAndAProfile) {
  const Page app = LogIn("grace", "allow");
  EXPECT_THAT(app.url, StartsWith(callback_));
  EXPECT_THAT(app.body, HasSubstr("back at the app"));
  EXPECT_EQ(ValueOf(app.Query(), "state"), "state-1");
  EXPECT_EQ(ValueOf(app.Query(), "iss"), provider_->issuer());
  const boost::json::object tokens = Redeem(ValueOf(app.Query(), "code"));
  EXPECT_EQ(Text(tokens, "token_type"), "Bearer");
  EXPECT_EQ(tokens.at("expires_in").as_int64(), 60);
  const Page profile = UserInfo(Text(tokens, "access_token"));
  EXPECT_EQ(Text(Json(profile.body), "sub"), DemoProvider::SubjectOf("grace"));
  EXPECT_EQ(Text(Json(profile.body), "given_name"), "grace");
  EXPECT_NE(UserInfo(Text(tokens, "access_token")).body, profile.body)
      << "the profile changes with every fetch";
  EXPECT_EQ(provider_->userinfo_calls(), 2);
}

TEST_F(DemoProviderTest, TheIdTokenSpeaksOfThisLogin) {
  const boost::json::object tokens = Redeem(ValueOf(LogIn("grace", "allow").Query(), "code"));
  const std::vector<std::string> parts = absl::StrSplit(Text(tokens, "id_token"), '.');
  ASSERT_EQ(parts.size(), 3u);
  std::string claims;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(parts[1], &claims));
  EXPECT_EQ(Text(Json(claims), "iss"), provider_->issuer());
  EXPECT_EQ(Text(Json(claims), "aud"), provider_->client_id());
  EXPECT_EQ(Text(Json(claims), "nonce"), "nonce-1");
  EXPECT_EQ(Text(Json(claims), "sub"), DemoProvider::SubjectOf("grace"));
}

TEST_F(DemoProviderTest, ADeniedConsentReachesTheApp) {
  const Page app = LogIn("grace", "deny");
  EXPECT_EQ(ValueOf(app.Query(), "error"), "access_denied");
  EXPECT_EQ(ValueOf(app.Query(), "code"), "");
}

TEST_F(DemoProviderTest, UnregisteredAddressesGetNoRedirect) {
  for (const std::string& uri : {callback_ + "/", callback_ + "?x=1",
                                 std::string("http://127.0.0.1:1/app"), std::string()}) {
    Form request = AuthorizationRequest();
    request["redirect_uri"] = uri;
    EXPECT_EQ(Authorize(request).status, 400) << uri;
  }
}

TEST_F(DemoProviderTest, PkceIsRequired) {
  Form request = AuthorizationRequest();
  request.erase("code_challenge");
  EXPECT_EQ(ValueOf(Authorize(request).Query(), "error"), "invalid_request");
  request = AuthorizationRequest();
  request["code_challenge_method"] = "plain";
  EXPECT_EQ(ValueOf(Authorize(request).Query(), "error"), "invalid_request");
}

TEST_F(DemoProviderTest, AnInteractionIsUsedOnce) {
  const Page login = Authorize(AuthorizationRequest());
  const Page consent = Must(browser_.Submit(login, {{"user", "grace"}}));
  Must(browser_.Submit(consent, {{"decision", "allow"}}));
  EXPECT_EQ(Must(browser_.Submit(consent, {{"decision", "allow"}})).status, 400);
}

TEST_F(DemoProviderTest, NamesAreShownAsText) {
  const Page login = Authorize(AuthorizationRequest());
  const Page consent = Must(browser_.Submit(login, {{"user", "<script>"}}));
  EXPECT_THAT(consent.body, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(consent.body, testing::Not(HasSubstr("<script>")));
}

TEST_F(DemoProviderTest, BothWaysOfClientAuthenticationWorkAndWrongOnesDoNot) {
  const std::string url = provider_->issuer() + "/token";
  Form form = {{"grant_type", "refresh_token"},
               {"refresh_token", provider_->IssueTokens("ada").refresh_token}};
  EXPECT_EQ(Must(browser_.Post(url, form)).status, 401);
  EXPECT_EQ(Must(browser_.Post(url, form, {"Authorization: Basic !"})).status, 401);
  form["client_id"] = provider_->client_id();
  form["client_secret"] = "wrong";
  EXPECT_EQ(Must(browser_.Post(url, form)).status, 401);
  EXPECT_EQ(provider_->token_calls("refresh_token"), 0);
  form["client_secret"] = provider_->client_secret();
  EXPECT_EQ(Must(browser_.Post(url, form)).status, 200);
  EXPECT_EQ(provider_->token_calls("refresh_token"), 1);
}

TEST_F(DemoProviderTest, ASpentRefreshTokenEndsTheGrant) {
  const IssuedTokens first = provider_->IssueTokens("ada");
  const Form form = {{"grant_type", "refresh_token"}, {"refresh_token", first.refresh_token}};
  const boost::json::object second = Json(Token(form).body);
  EXPECT_EQ(UserInfo(Text(second, "access_token")).status, 200);
  const Page reused = Token(form);
  EXPECT_EQ(reused.status, 400);
  EXPECT_EQ(Text(Json(reused.body), "error"), "invalid_grant");
  EXPECT_EQ(UserInfo(Text(second, "access_token")).status, 401);
  EXPECT_EQ(
      Token({{"grant_type", "refresh_token"}, {"refresh_token", Text(second, "refresh_token")}})
          .status,
      400);
  EXPECT_EQ(provider_->Presentations(first.refresh_token), 2);
}

TEST_F(DemoProviderTest, RevocationEndsTheGrant) {
  const IssuedTokens tokens = provider_->IssueTokens("ada");
  const Page answer = Must(
      browser_.Post(provider_->issuer() + "/revoke", {{"token", tokens.refresh_token}}, {Basic()}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(provider_->revocation_calls(), 1);
  EXPECT_EQ(UserInfo(tokens.access_token).status, 401);
}

TEST_F(DemoProviderTest, DelayedAnswersHoldNobodyUp) {
  provider_->SetTokenDelay(absl::Hours(1));
  const IssuedTokens tokens = provider_->IssueTokens("ada");
  auto waiting = std::async(std::launch::async, [this, &tokens] {
    ScriptedBrowser browser;
    return browser.Post(provider_->issuer() + "/token",
                        {{"grant_type", "refresh_token"}, {"refresh_token", tokens.refresh_token}},
                        {Basic()});
  });
  // The request has been seen, its answer is an hour away, and another one is served.
  while (provider_->Presentations(tokens.refresh_token) == 0) UserInfo(tokens.access_token);
  EXPECT_EQ(UserInfo(tokens.access_token).status, 200);
  provider_.reset();
  EXPECT_FALSE(waiting.get().ok()) << "ends with the provider";
}

TEST_F(DemoProviderTest, UnknownPagesAndGrantTypesAreRefused) {
  EXPECT_EQ(Must(browser_.Open(provider_->issuer() + "/nowhere")).status, 404);
  EXPECT_EQ(Text(Json(Token({{"grant_type", "password"}}).body), "error"),
            "unsupported_grant_type");
}

TEST(DemoProviderStartTest, APortInUseIsNamed) {
  const auto first = DemoProvider::Start({});
  ASSERT_THAT(first, IsOk());
  DemoProviderOptions options;
  options.port = (*first)->port();
  EXPECT_THAT(DemoProvider::Start(options), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                     HasSubstr(absl::StrCat(options.port))));
}

}  // namespace
}  // namespace evertoken::demo
