#include "server/rpc/request_validator.h"

#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kToken[] = "0123abcd-0000-1111-2222-333344445555";
constexpr int64_t kDay = 24 * 60 * 60;

// The paths of what is wrong; empty: the request is valid.
template <typename Request>
std::vector<std::string> BadFields(Request request) {
  const absl::Status status = ValidateRequest(&request);
  std::vector<std::string> fields;
  for (const FieldViolation& violation : FieldViolationsOf(status))
    fields.push_back(violation.field);
  EXPECT_EQ(status.ok(), fields.empty());
  EXPECT_EQ(ReasonOf(status),
            fields.empty() ? v1::ERROR_REASON_UNSPECIFIED : v1::ERROR_REASON_REQUEST_INVALID);
  return fields;
}

template <typename Request>
Request WithToken(const std::string& token) {
  Request request;
  request.set_access_token(token);
  return request;
}

template <typename Request>
class AccessTokenTest : public testing::Test {};
using AccessTokenRequests =
    testing::Types<v1::RefreshTokenRequest, v1::GetRefreshedProfileRequest,
                   v1::GetProviderTokenRequest, v1::IntrospectTokenRequest, v1::RevokeTokenRequest>;
TYPED_TEST_SUITE(AccessTokenTest, AccessTokenRequests);

TYPED_TEST(AccessTokenTest, MustBeAGuid) {
  EXPECT_THAT(BadFields(WithToken<TypeParam>(kToken)), IsEmpty());
  for (const char* bad :
       {"", "x", "0123abcd-0000-1111-2222-33334444555", "0123abcd-0000-1111-2222-3333444455555",
        "0123abcd00001111-2222-3333-444455555555", "0123abcg-0000-1111-2222-333344445555",
        " 0123abcd-0000-1111-2222-33334444555"}) {
    EXPECT_THAT(BadFields(WithToken<TypeParam>(bad)), ElementsAre("access_token")) << bad;
  }
}

TYPED_TEST(AccessTokenTest, BecomesLowerCase) {
  TypeParam request = WithToken<TypeParam>("0123ABCD-0000-1111-2222-333344445555");
  EXPECT_THAT(ValidateRequest(&request), IsOk());
  EXPECT_EQ(request.access_token(), kToken);
}

TEST(RequestValidatorTest, BoundsTheCursor) {
  const auto bad = [](const std::string& cursor) {
    v1::WatchGrantEventsRequest request;
    request.set_cursor(cursor);
    return BadFields(request);
  };
  EXPECT_THAT(bad(""), IsEmpty());
  EXPECT_THAT(bad(std::string(4096, 'A')), IsEmpty());
  EXPECT_THAT(bad(std::string(4097, 'A')), ElementsAre("cursor"));
  EXPECT_THAT(bad("\n"), ElementsAre("cursor"));
}

TEST(RequestValidatorTest, BoundsMinRemainingOfRefresh) {
  const auto bad = [](int64_t seconds, int32_t nanos) {
    auto request = WithToken<v1::RefreshTokenRequest>(kToken);
    request.mutable_min_remaining()->set_seconds(seconds);
    request.mutable_min_remaining()->set_nanos(nanos);
    return BadFields(request);
  };
  EXPECT_THAT(bad(0, 0), IsEmpty());
  EXPECT_THAT(bad(90 * kDay, 0), IsEmpty());
  EXPECT_THAT(bad(90 * kDay - 1, 999999999), IsEmpty());
  EXPECT_THAT(bad(90 * kDay, 1), ElementsAre("min_remaining"));
  EXPECT_THAT(bad(-1, 0), ElementsAre("min_remaining"));
  EXPECT_THAT(bad(0, -1), ElementsAre("min_remaining"));
  EXPECT_THAT(bad(1, 1000000000), ElementsAre("min_remaining"));
  EXPECT_THAT(bad(std::numeric_limits<int64_t>::max(), 0), ElementsAre("min_remaining"));
  EXPECT_THAT(bad(std::numeric_limits<int64_t>::min(), 0), ElementsAre("min_remaining"));
}

TEST(RequestValidatorTest, BoundsMinRemainingOfProviderToken) {
  auto request = WithToken<v1::GetProviderTokenRequest>(kToken);
  request.mutable_min_remaining()->set_seconds(kDay);
  EXPECT_THAT(BadFields(request), IsEmpty());
  request.mutable_min_remaining()->set_nanos(1);
  EXPECT_THAT(BadFields(request), ElementsAre("min_remaining"));
}

TEST(RequestValidatorTest, BoundsTheNameOfAPairOfTokens) {
  auto request = WithToken<v1::GetProviderTokenRequest>(kToken);
  request.set_chain(std::string(20, 'b'));
  EXPECT_THAT(BadFields(request), IsEmpty());
  request.set_chain(std::string(21, 'b'));
  EXPECT_THAT(BadFields(request), ElementsAre("chain"));
  request.set_chain("a\nb");
  EXPECT_THAT(BadFields(request), ElementsAre("chain"));
}

TEST(RequestValidatorTest, BoundsMaxAge) {
  auto request = WithToken<v1::GetRefreshedProfileRequest>(kToken);
  request.mutable_max_age()->set_seconds(90 * kDay);
  EXPECT_THAT(BadFields(request), IsEmpty());
  request.mutable_max_age()->set_seconds(90 * kDay + 1);
  EXPECT_THAT(BadFields(request), ElementsAre("max_age"));
}

TEST(RequestValidatorTest, NamesAllBadFieldsAtOnce) {
  auto request = WithToken<v1::RefreshTokenRequest>("x");
  request.mutable_min_remaining()->set_seconds(-1);
  EXPECT_THAT(BadFields(request), ElementsAre("access_token", "min_remaining"));
}

TEST(RequestValidatorTest, DescriptionsDoNotRepeatValues) {
  auto request = WithToken<v1::RefreshTokenRequest>("hunter2");
  const absl::Status status = ValidateRequest(&request);
  EXPECT_EQ(status.ToString().find("hunter2"), std::string::npos);
}

TEST(RequestValidatorTest, ExchangeNeedsACredential) {
  EXPECT_THAT(BadFields(v1::ExchangeTokenRequest()), ElementsAre("credential"));
}

TEST(RequestValidatorTest, ChecksRequestTokens) {
  const auto bad = [](const std::string& token) {
    v1::ExchangeTokenRequest request;
    request.set_request_token(token);
    return BadFields(request);
  };
  EXPECT_THAT(bad("abc_DEF-123"), IsEmpty());
  EXPECT_THAT(bad(std::string(512, 'x')), IsEmpty());
  EXPECT_THAT(bad(std::string(513, 'x')), ElementsAre("request_token"));
  EXPECT_THAT(bad(""), ElementsAre("request_token"));
  EXPECT_THAT(bad("a\nb"), ElementsAre("request_token"));
  EXPECT_THAT(bad("é"), ElementsAre("request_token"));
}

v1::ExchangeTokenRequest GoodCode() {
  v1::ExchangeTokenRequest request;
  auto* code = request.mutable_authorization_code();
  code->set_provider("google");
  code->set_code("4/abc");
  code->set_redirect_uri("https://app.test/callback?x=1");
  code->set_code_verifier(std::string(43, 'v'));
  code->set_nonce("n");
  return request;
}

TEST(RequestValidatorTest, AcceptsAGoodCode) {
  EXPECT_THAT(BadFields(GoodCode()), IsEmpty());
  v1::ExchangeTokenRequest request = GoodCode();
  request.mutable_authorization_code()->clear_code_verifier();
  request.mutable_authorization_code()->clear_nonce();
  request.mutable_authorization_code()->set_redirect_uri("com.example.app:/callback");
  EXPECT_THAT(BadFields(request), IsEmpty());
}

TEST(RequestValidatorTest, NamesEveryBadFieldOfACode) {
  v1::ExchangeTokenRequest request;
  request.mutable_authorization_code();
  EXPECT_THAT(BadFields(request),
              ElementsAre("authorization_code.provider", "authorization_code.code",
                          "authorization_code.redirect_uri"));
  auto* code = request.mutable_authorization_code();
  code->set_provider("Google");
  code->set_code(std::string(4097, 'c'));
  code->set_redirect_uri("https://app.test/#fragment");
  code->set_code_verifier("short");
  code->set_nonce(std::string(513, 'n'));
  EXPECT_THAT(BadFields(request),
              ElementsAre("authorization_code.provider", "authorization_code.code",
                          "authorization_code.redirect_uri", "authorization_code.code_verifier",
                          "authorization_code.nonce"));
}

TEST(RequestValidatorTest, ChecksProviderIds) {
  const auto bad = [](const std::string& id) {
    v1::ExchangeTokenRequest request = GoodCode();
    request.mutable_authorization_code()->set_provider(id);
    return !BadFields(request).empty();
  };
  for (const std::string& id :
       {std::string("a"), std::string("my-idp-2"), std::string("9"), std::string(64, 'a')}) {
    EXPECT_FALSE(bad(id)) << id;
  }
  for (const std::string& id :
       {std::string("-a"), std::string("a-"), std::string("a--b"), std::string("a_b"),
        std::string("A"), std::string("a b"), std::string("a\0", 2), std::string(65, 'a')}) {
    EXPECT_TRUE(bad(id)) << id;
  }
}

TEST(RequestValidatorTest, ChecksVerifiers) {
  const auto bad = [](const std::string& verifier) {
    v1::ExchangeTokenRequest request = GoodCode();
    request.mutable_authorization_code()->set_code_verifier(verifier);
    return !BadFields(request).empty();
  };
  EXPECT_FALSE(bad("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm0123456789-._~"));
  EXPECT_FALSE(bad(std::string(128, 'v')));
  EXPECT_TRUE(bad(std::string(42, 'v')));
  EXPECT_TRUE(bad(std::string(129, 'v')));
  EXPECT_TRUE(bad(std::string(43, '+')));
}

TEST(RequestValidatorTest, ChecksRedirectUris) {
  const auto bad = [](const std::string& uri) {
    v1::ExchangeTokenRequest request = GoodCode();
    request.mutable_authorization_code()->set_redirect_uri(uri);
    return !BadFields(request).empty();
  };
  EXPECT_FALSE(bad("http://127.0.0.1:8080/callback"));
  EXPECT_FALSE(bad("https://app.test/" + std::string(2048 - 17, 'x')));
  EXPECT_TRUE(bad("https://app.test/" + std::string(2049 - 17, 'x')));
  for (const char* uri : {"/callback", "app.test", ":x", "https:", "1https://a", "https://a b",
                          "https://a\n", "ht tp://a", "https://\xc3\xa9.test"}) {
    EXPECT_TRUE(bad(uri)) << uri;
  }
}

v1::ExchangeTokenRequest GoodProviderTokens() {
  v1::ExchangeTokenRequest request;
  auto* tokens = request.mutable_provider_tokens();
  tokens->set_provider("google");
  tokens->set_access_token("ya29|x y");
  tokens->set_id_token("e30.e30.c2ln");
  return request;
}

TEST(RequestValidatorTest, AcceptsGoodProviderTokens) {
  EXPECT_THAT(BadFields(GoodProviderTokens()), IsEmpty());
}

TEST(RequestValidatorTest, NamesEveryBadFieldOfProviderTokens) {
  v1::ExchangeTokenRequest request;
  request.mutable_provider_tokens();
  EXPECT_THAT(BadFields(request),
              ElementsAre("provider_tokens.provider", "provider_tokens.access_token"));
  auto* tokens = request.mutable_provider_tokens();
  tokens->set_provider("x/y");
  tokens->set_access_token(std::string(16385, 'a'));
  tokens->set_refresh_token("r\r\n");
  tokens->set_id_token("e30.e30");
  tokens->mutable_expire_time()->set_seconds(std::numeric_limits<int64_t>::max());
  tokens->add_scopes("good");
  tokens->add_scopes("not good");
  tokens->set_nonce("\x01");
  EXPECT_THAT(BadFields(request),
              ElementsAre("provider_tokens.provider", "provider_tokens.access_token",
                          "provider_tokens.refresh_token", "provider_tokens.id_token",
                          "provider_tokens.expire_time", "provider_tokens.scopes",
                          "provider_tokens.nonce"));
}

TEST(RequestValidatorTest, ChecksStartLogin) {
  v1::StartLoginRequest request;
  EXPECT_THAT(BadFields(request), ElementsAre("provider", "redirect_uri"));
  request.set_provider("google");
  request.set_redirect_uri("https://app.test/cb");
  request.set_login_hint("žofie@example.test");
  for (int i = 0; i < 50; ++i) request.add_scopes("https://www.example.test/auth/userinfo.email");
  EXPECT_THAT(BadFields(request), IsEmpty());
  request.add_scopes("one-too-many");
  request.set_login_hint("a\tb");
  EXPECT_THAT(BadFields(request), ElementsAre("scopes", "login_hint"));
}

TEST(RequestValidatorTest, TellsWhichScopesAreBad) {
  v1::StartLoginRequest request;
  request.set_provider("google");
  request.set_redirect_uri("https://app.test/cb");
  for (const std::string& scope :
       {std::string("openid"), std::string(), std::string("a\"b"), std::string(257, 's')}) {
    request.add_scopes(scope);
  }
  const std::vector<FieldViolation> violations = FieldViolationsOf(ValidateRequest(&request));
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_THAT(violations[0].description, testing::EndsWith("wrong at index 1, 2, 3"));
}

TEST(RequestValidatorTest, ChecksCompleteLogin) {
  v1::CompleteLoginRequest request;
  EXPECT_THAT(BadFields(request), ElementsAre("state", "code"));
  request.set_state("s");
  request.set_error("access_denied");
  EXPECT_THAT(BadFields(request), IsEmpty());
  request.set_code("c");
  EXPECT_THAT(BadFields(request), ElementsAre("error"));
  request.clear_error();
  request.set_iss("https://idp.test");
  EXPECT_THAT(BadFields(request), IsEmpty());
  request.set_state(std::string(513, 's'));
  request.set_code(std::string(4097, 'c'));
  request.set_iss(std::string(2049, 'i'));
  EXPECT_THAT(BadFields(request), ElementsAre("state", "code", "iss"));
}

}  // namespace
}  // namespace evertoken
