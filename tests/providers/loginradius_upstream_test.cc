// The hosted API that some apps come from, as an upstream: its calls, replies and errors in the shapes that it documents, served over
// HTTP, read by the shipped entry and nothing else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/base/clock.h"
#include "server/base/event_loop.h"
#include "server/base/proto_time.h"
#include "server/config/shipped_catalog.h"
#include "server/http/curl_http_client.h"
#include "server/provider/provider_api.h"
#include "server/provider/provider_catalog.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/status_matchers.h"
#include "tests/fakes/test_http_server.h"

namespace evertoken {
namespace {

using storage::v1::ProviderTokens;

constexpr char kExchange[] = "/api/v2/access_token";
constexpr char kRefresh[] = "/api/v2/access_token/refresh";
constexpr char kValidate[] = "/api/v2/access_token/Validate";
constexpr char kInvalidate[] = "/api/v2/access_token/invalidate";
constexpr char kProfile[] = "/api/v2/userprofile/refresh";
constexpr char kToken[] = "0b7c1d3e-5a49-4c18-9a51-6f0f6d1f7a11";

std::string Failure(int code, bool of_provider = false) {
  return absl::StrCat(R"({"description":"d","errorCode":)", code,
                      R"(,"message":"m","isProviderError":)", of_provider ? "true" : "false",
                      R"(,"providerErrorResponse":)", of_provider ? R"("{\"error\":1}")" : "null",
                      "}");
}

std::string Granted(const std::string& expires_in) {
  return absl::StrCat(R"({"access_token":")", kToken, R"(","expires_in":)", expires_in, "}");
}

class UpstreamTest : public testing::Test {
 protected:
  UpstreamTest() {
    const auto catalog = ProviderCatalog::Parse({{"providers.yaml", kShippedCatalogYaml}}, true);
    EXPECT_THAT(catalog, IsOk());
    client_.set_client_id("key");
    client_.set_client_secret("secret");
    (*client_.mutable_instance())["base_url"] = server_.Url("");
    binding_.provider = "loginradius";
    binding_.entry =
        std::shared_ptr<const config::v1::Provider>(*catalog, (*catalog)->Find(binding_.provider));
    binding_.client = &client_;
    RunOn(&loop_, [this] {
      http_ = std::make_unique<CurlHttpClient>(&loop_, &egress_, CurlOptions());
      api_ = std::make_unique<ProviderApi>(http_.get(), &clock_, &egress_, absl::Seconds(60));
    });
    known_.set_access_token(kToken);
    *known_.mutable_obtain_time() = ToTimestamp(clock_.Now());
  }
  ~UpstreamTest() override {
    RunOn(&loop_, [this] {
      api_.reset();
      http_.reset();
    });
  }

  // The next replies at this path.
  void Say(const std::string& path, std::string body, int status = 200) {
    absl::MutexLock lock(&mutex_);
    replies_[path].status = status;
    replies_[path].body = std::move(body);
    replies_[path].headers = {{"Content-Type", "application/json; charset=utf-8"}};
  }

  absl::StatusOr<ProviderTokens> Redeem() {
    CodeRedemption redemption;
    redemption.code = Secret("request-token");
    redemption.redirect_uri = "https://app.test/return";
    return AwaitOn(&loop_, api_->RedeemCode(binding_, redemption));
  }
  RenewalResult Renew() {
    return AwaitOn(&loop_, api_->Renew(binding_, known_, absl::InfiniteFuture()));
  }
  ProfileResult Profile() { return AwaitOn(&loop_, api_->FetchProfile(binding_, known_, "")); }
  absl::StatusOr<bool> Revoke() { return AwaitOn(&loop_, api_->Revoke(binding_, known_)); }

  std::string LastTarget() const { return server_.Requests().back().target; }

  absl::Mutex mutex_;
  std::map<std::string, TestReply> replies_ ABSL_GUARDED_BY(mutex_);
  TestHttpServer server_{[this](const TestRequest& request) {
    absl::MutexLock lock(&mutex_);
    const auto reply = replies_.find(request.target.substr(0, request.target.find('?')));
    if (request.method == "GET" && reply != replies_.end()) return reply->second;
    TestReply unknown;
    unknown.status = 404;
    return unknown;
  }};
  EventLoop loop_{"test"};
  EgressPolicy egress_{/*allow_insecure_loopback=*/true};
  FakeClock clock_;
  config::v1::ProviderClient client_;
  ProviderBinding binding_;
  std::unique_ptr<CurlHttpClient> http_;
  std::unique_ptr<ProviderApi> api_;
  ProviderTokens known_;
};

TEST_F(UpstreamTest, ARequestTokenBecomesAnAccessToken) {
  Say(kExchange, Granted(R"("2030-03-17T18:46:40.123Z")"));
  const auto tokens = Redeem();
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->access_token(), kToken);
  EXPECT_EQ(FromTimestamp(tokens->access_expire_time()),
            clock_.Now() + absl::Hours(1) + absl::Milliseconds(123));
  EXPECT_EQ(LastTarget(), absl::StrCat(kExchange, "?secret=secret&token=request-token"));
}

TEST_F(UpstreamTest, RequestTokensAreRefused) {
  for (const int code : {903, 904}) {
    Say(kExchange, Failure(code), 403);
    EXPECT_THAT(Redeem(), HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED)) << code;
  }
}

TEST_F(UpstreamTest, TheEndIsReadInEveryShape) {
  for (const char* end : {R"("2030-03-17T18:46:40Z")", R"("2030-03-17T18:46:40.000Z")",
                          R"("2030-03-17T18:46:40.0000000Z")", R"("3600")", "3600"}) {
    Say(kRefresh, Granted(end));
    const RenewalResult renewed = Renew();
    EXPECT_EQ(renewed.outcome, SpendOutcome::kAnswered);
    ASSERT_THAT(renewed.tokens, IsOk()) << end;
    EXPECT_EQ(FromTimestamp(renewed.tokens->access_expire_time()), clock_.Now() + absl::Hours(1))
        << end;
  }
  EXPECT_EQ(LastTarget(), absl::StrCat(kRefresh, "?access_token=", kToken, "&secret=secret"));
}

TEST_F(UpstreamTest, OnlyItsOwnWordEndsAGrant) {
  const std::map<int, ErrorReason> meanings = {
      {905, v1::ERROR_REASON_GRANT_REVOKED},
      {906, v1::ERROR_REASON_GRANT_EXPIRED},
      {902, v1::ERROR_REASON_PROVIDER_MISCONFIGURED},
      {1143, v1::ERROR_REASON_PROVIDER_MISCONFIGURED},
      {928, v1::ERROR_REASON_PROVIDER_RATE_LIMITED},
      {1055, v1::ERROR_REASON_PROVIDER_REPLY_INVALID},
  };
  for (const auto& [code, reason] : meanings) {
    Say(kRefresh, Failure(code), 403);
    EXPECT_THAT(Renew().tokens, HasReason(reason)) << code;
  }
  Say(kRefresh, Failure(950), 500);
  EXPECT_THAT(Renew().tokens, HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  Say(kRefresh, "{}", 429);
  EXPECT_THAT(Renew().tokens, HasReason(v1::ERROR_REASON_PROVIDER_RATE_LIMITED));
}

// It may be a withdrawn permission, or an outage: nobody can tell.
TEST_F(UpstreamTest, AFailureBehindItEndsNothing) {
  for (const int status : {200, 403}) {
    Say(kRefresh, Failure(1000, true), status);
    EXPECT_THAT(Renew().tokens, HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
    Say(kProfile, Failure(1000, true), status);
    EXPECT_THAT(Profile().status, HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
    EXPECT_FALSE(Profile().access_token_rejected);
  }
}

TEST_F(UpstreamTest, TheProfileIsNormalizedAndNullsBringNothing) {
  Say(kProfile,
      R"({"ID":"42","Provider":"facebook","Prefix":null,"FirstName":"Ada","LastName":"Lovelace",
          "FullName":"Ada Lovelace","NickName":null,"ProfileName":"ada","BirthDate":null,"Gender":"F",
          "Website":null,"Email":[{"Type":"Primary","Value":"ada@mail.test"}],"Country":null,
          "ThumbnailImageUrl":"https://pics.test/s","ImageUrl":"https://pics.test/l","Favicon":null,
          "ProfileUrl":"https://social.test/ada","LocalLanguage":"en_US","TimeZone":"1",
          "PhoneNumbers":null,"Positions":null,"Sports":null,"IsGeoEnabled":"False"})");
  const ProfileResult result = Profile();
  ASSERT_THAT(result.status, IsOk());
  EXPECT_EQ(result.profile.subject(), "42");
  EXPECT_EQ(result.profile.display_name(), "Ada Lovelace");
  EXPECT_EQ(result.profile.username(), "ada");
  ASSERT_EQ(result.profile.emails_size(), 1);
  EXPECT_EQ(result.profile.emails(0).address(), "ada@mail.test");
  EXPECT_EQ(result.profile.picture_url(), "https://pics.test/l");
  EXPECT_EQ(result.profile.locale(), "en-US");
  EXPECT_EQ(result.profile.birth_date(), "");
  EXPECT_EQ(LastTarget(), absl::StrCat(kProfile, "?access_token=", kToken));
}

TEST_F(UpstreamTest, ARefusedAccessTokenIsSaidToBe) {
  for (const int code : {905, 906}) {
    Say(kProfile, Failure(code), 403);
    EXPECT_TRUE(Profile().access_token_rejected) << code;
  }
}

TEST_F(UpstreamTest, ATokenThatAnAppHoldsIsLookedAt) {
  Say(kValidate, Granted(R"("2030-03-17T18:46:40.000Z")"));
  IntrospectionResult looked = AwaitOn(&loop_, api_->Introspect(binding_, known_));
  ASSERT_THAT(looked.status, IsOk());
  EXPECT_EQ(FromTimestamp(looked.told.access_expire_time()), clock_.Now() + absl::Hours(1));
  EXPECT_EQ(LastTarget(),
            absl::StrCat(kValidate, "?access_token=", kToken, "&key=key&secret=secret"));
  Say(kValidate, Failure(905), 403);
  looked = AwaitOn(&loop_, api_->Introspect(binding_, known_));
  EXPECT_TRUE(looked.access_token_rejected);
}

TEST_F(UpstreamTest, ATokenIsInvalidatedForGood) {
  for (const char* done : {R"({"isPosted":true})", R"({"IsPosted":true})"}) {
    Say(kInvalidate, done);
    EXPECT_THAT(Revoke(), IsOkAndHolds(true));
  }
  EXPECT_EQ(LastTarget(), absl::StrCat(kInvalidate, "?access_token=", kToken,
                                       "&key=key&preventRefresh=true&secret=secret"));
  Say(kInvalidate, R"({"isPosted":false})");
  EXPECT_THAT(Revoke(), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  Say(kInvalidate, Failure(905), 403);
  EXPECT_FALSE(Revoke().ok() && *Revoke());
}

TEST_F(UpstreamTest, NoLoginBeginsHere) {
  AuthorizationRequest request;
  request.redirect_uri = "https://app.test/return";
  EXPECT_THAT(AwaitOn(&loop_, api_->StartAuthorization(binding_, request)),
              HasReason(v1::ERROR_REASON_PROVIDER_DISABLED));
}

}  // namespace
}  // namespace evertoken
