#include "server/provider/reply_classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ReplyClassifierTest : public ::testing::Test {
 protected:
  ReplyVerdict Judge(ReplyPlace place, int status, const std::string& body,
                     std::vector<std::pair<std::string, std::string>> headers = {}) {
    HttpReply reply;
    reply.status = status;
    reply.body = body;
    reply.headers = std::move(headers);
    const auto document = JsonDocument::Parse(body);
    return ClassifyReply(harness_->acme, place, reply, document.get(), harness_->clock.Now());
  }
  ErrorReason Reason(ReplyPlace place, int status, const std::string& body) {
    return ReasonOf(Judge(place, status, body).status);
  }
  void UseRules(const std::string& rules) {
    harness_ = std::make_unique<ProviderHarness>("    errors:\n" + rules);
  }

  std::unique_ptr<ProviderHarness> harness_ = std::make_unique<ProviderHarness>();
};

TEST_F(ReplyClassifierTest, ASuccessIsOk) {
  EXPECT_THAT(Judge(ReplyPlace::kRenewal, 200, R"({"access_token":"a"})").status, IsOk());
  EXPECT_THAT(Judge(ReplyPlace::kRenewal, 200, R"({"access_token":"a","error":""})").status,
              IsOk());
  EXPECT_THAT(Judge(ReplyPlace::kRenewal, 200, R"({"access_token":"a","error":null})").status,
              IsOk());
  EXPECT_THAT(Judge(ReplyPlace::kProfile, 200, R"({"sub":"a"})").status, IsOk());
  EXPECT_THAT(Judge(ReplyPlace::kRevocation, 204, "").status, IsOk());
}

TEST_F(ReplyClassifierTest, NothingUnlistedEndsAGrant) {
  for (const int status : {200, 301, 400, 401, 403, 404, 410, 429, 500, 502, 503, 504}) {
    for (const char* body :
         {R"({"error":"invalid_grant"})", R"({"error":"invalid_client"})",
          R"({"error":{"code":1}})", "", "<html>", R"({"error":"access_denied"})"}) {
      const ErrorReason reason = Reason(ReplyPlace::kRenewal, status, body);
      EXPECT_NE(reason, v1::ERROR_REASON_GRANT_REVOKED) << status << body;
      EXPECT_NE(reason, v1::ERROR_REASON_GRANT_EXPIRED) << status << body;
    }
  }
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 400, R"({"error":"invalid_grant"})"),
            v1::ERROR_REASON_PROVIDER_REPLY_INVALID);
}

TEST_F(ReplyClassifierTest, ListedCodesEndAGrantButNotOnStatusesThatPass) {
  UseRules("      - {where: token, body: {/error: invalid_grant}, outcome: revoked}\n");
  const std::string dead = R"({"error":"invalid_grant"})";
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 400, dead), v1::ERROR_REASON_GRANT_REVOKED);
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 403, dead), v1::ERROR_REASON_GRANT_REVOKED);
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 200, dead), v1::ERROR_REASON_GRANT_REVOKED);
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 500, dead), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 429, dead), v1::ERROR_REASON_PROVIDER_RATE_LIMITED);
  EXPECT_EQ(Reason(ReplyPlace::kProfile, 400, dead), v1::ERROR_REASON_PROVIDER_REPLY_INVALID);
  EXPECT_EQ(Reason(ReplyPlace::kRedemption, 400, dead), v1::ERROR_REASON_CREDENTIAL_REJECTED);
}

TEST_F(ReplyClassifierTest, NoneOfMatchesAnythingElseButNothing) {
  UseRules("      - {body: {/error/code: {none_of: [ok, 0]}}, outcome: unexplained}\n");
  const auto reason = [&](const char* body) { return Reason(ReplyPlace::kProfile, 200, body); };
  EXPECT_EQ(reason(R"({"error":{"code":"scope"}})"), v1::ERROR_REASON_PROVIDER_REPLY_INVALID);
  EXPECT_EQ(reason(R"({"error":{"code":7}})"), v1::ERROR_REASON_PROVIDER_REPLY_INVALID);
  for (const char* fine : {R"({"error":{"code":"ok"}})", R"({"error":{"code":0}})",
                           R"({"error":{"code":null}})", R"({"error":{}})", "{}"}) {
    EXPECT_THAT(Judge(ReplyPlace::kProfile, 200, fine).status, IsOk()) << fine;
  }
}

TEST_F(ReplyClassifierTest, WhatNobodyCanExplainEndsNothing) {
  UseRules(
      "      - {body: {/ok: false}, outcome: unexplained}\n"
      "      - {where: token, body: {/error: invalid_grant}, outcome: revoked}\n");
  const std::string body = R"({"ok":false,"error":"invalid_grant"})";
  for (const ReplyPlace place : {ReplyPlace::kRedemption, ReplyPlace::kRenewal,
                                 ReplyPlace::kProfile, ReplyPlace::kRevocation}) {
    for (const int status : {200, 400}) {
      const ReplyVerdict verdict = Judge(place, status, body);
      EXPECT_THAT(verdict.status, HasReason(place == ReplyPlace::kRedemption
                                                ? v1::ERROR_REASON_CREDENTIAL_REJECTED
                                                : v1::ERROR_REASON_PROVIDER_REPLY_INVALID))
          << status;
      EXPECT_FALSE(verdict.access_token_rejected) << status;
    }
  }
}

TEST_F(ReplyClassifierTest, ARuleOfRevocationHoldsThereAlone) {
  UseRules("      - {where: revocation, body: {/result: fail}, outcome: unavailable}\n");
  const std::string body = R"({"result":"fail"})";
  EXPECT_EQ(Reason(ReplyPlace::kRevocation, 200, body), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  for (const ReplyPlace place :
       {ReplyPlace::kRedemption, ReplyPlace::kRenewal, ReplyPlace::kProfile}) {
    EXPECT_THAT(Judge(place, 200, body).status, IsOk());
  }
}

TEST_F(ReplyClassifierTest, RedemptionRefusalsAreOfTheCode) {
  EXPECT_EQ(Reason(ReplyPlace::kRedemption, 400, R"({"error":"invalid_grant"})"),
            v1::ERROR_REASON_CREDENTIAL_REJECTED);
  EXPECT_EQ(Reason(ReplyPlace::kRedemption, 200, R"({"error":"bad_code"})"),
            v1::ERROR_REASON_CREDENTIAL_REJECTED);
  EXPECT_EQ(Reason(ReplyPlace::kRedemption, 400, "no json"),
            v1::ERROR_REASON_PROVIDER_REPLY_INVALID);
}

TEST_F(ReplyClassifierTest, KnowsTheStandardsCodes) {
  for (const char* code : {"invalid_client", "unauthorized_client", "unsupported_grant_type"}) {
    EXPECT_EQ(Reason(ReplyPlace::kRenewal, 400, std::string(R"({"error":")") + code + R"("})"),
              v1::ERROR_REASON_PROVIDER_MISCONFIGURED);
  }
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 401, "no json"), v1::ERROR_REASON_PROVIDER_MISCONFIGURED);
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 400, R"({"error":"interaction_required"})"),
            v1::ERROR_REASON_USER_ACTION_REQUIRED);
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 400, R"({"error":"temporarily_unavailable"})"),
            v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 400, R"({"error":"slow_down"})"),
            v1::ERROR_REASON_PROVIDER_RATE_LIMITED);
}

TEST_F(ReplyClassifierTest, WaitsAsTold) {
  const ReplyVerdict told = Judge(ReplyPlace::kRenewal, 429, "", {{"retry-after", "90"}});
  EXPECT_THAT(told.status, HasReason(v1::ERROR_REASON_PROVIDER_RATE_LIMITED));
  EXPECT_EQ(RetryAfterOf(told.status), absl::Seconds(90));
  const ReplyVerdict quota = Judge(ReplyPlace::kRenewal, 429, "",
                                   {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "80"}});
  EXPECT_EQ(RetryAfterOf(quota.status), absl::Seconds(80));
  const ReplyVerdict down = Judge(ReplyPlace::kProfile, 503, "", {{"retry-after", "999999"}});
  EXPECT_THAT(down.status, HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  EXPECT_EQ(RetryAfterOf(down.status), absl::Hours(1));
  EXPECT_TRUE(RetryAfterOf(Judge(ReplyPlace::kRenewal, 500, "").status).has_value());
}

TEST_F(ReplyClassifierTest, ProfileRefusals) {
  const ReplyVerdict rejected = Judge(ReplyPlace::kProfile, 401, "{}");
  EXPECT_TRUE(rejected.access_token_rejected);
  EXPECT_FALSE(rejected.status.ok());
  EXPECT_THAT(Judge(ReplyPlace::kProfile, 403, "",
                    {{"www-authenticate", "Bearer error=\"insufficient_scope\""}})
                  .status,
              HasReason(v1::ERROR_REASON_SCOPE_MISSING));
  EXPECT_EQ(Reason(ReplyPlace::kProfile, 403, ""), v1::ERROR_REASON_PROVIDER_REPLY_INVALID);
  EXPECT_EQ(Reason(ReplyPlace::kProfile, 404, ""), v1::ERROR_REASON_PROVIDER_REPLY_INVALID);
}

TEST_F(ReplyClassifierTest, TheFirstRuleThatMatchesWins) {
  UseRules(R"(      - {body: {/e/code: 190, /e/sub: [1, 2]}, outcome: user_action_required}
      - {body: {/e/code: [190, 191]}, outcome: revoked}
      - {where: profile, status: [418], outcome: access_token_rejected}
      - {body: {/codes: {contains: [7, x]}}, outcome: expired}
      - {status: [409], body: {/why: "*"}, outcome: scope_missing}
      - {status: [410], outcome: unavailable}
      - {status: [411], outcome: misconfigured}
)");
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 400, R"({"e":{"code":190,"sub":2}})"),
            v1::ERROR_REASON_USER_ACTION_REQUIRED);
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 400, R"({"e":{"code":"190","sub":3}})"),
            v1::ERROR_REASON_GRANT_REVOKED);
  EXPECT_EQ(Reason(ReplyPlace::kProfile, 400, R"({"e":{"code":191}})"),
            v1::ERROR_REASON_GRANT_REVOKED);
  EXPECT_TRUE(Judge(ReplyPlace::kProfile, 418, "").access_token_rejected);
  EXPECT_FALSE(Judge(ReplyPlace::kRenewal, 418, "").access_token_rejected);
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 400, R"({"codes":[5,7]})"),
            v1::ERROR_REASON_GRANT_EXPIRED);
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 400, R"({"codes":7})"),
            v1::ERROR_REASON_PROVIDER_REPLY_INVALID);
  EXPECT_EQ(Reason(ReplyPlace::kProfile, 409, R"({"why":null})"), v1::ERROR_REASON_SCOPE_MISSING);
  EXPECT_EQ(Reason(ReplyPlace::kProfile, 409, "{}"), v1::ERROR_REASON_PROVIDER_REPLY_INVALID);
  EXPECT_EQ(Reason(ReplyPlace::kProfile, 410, ""), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  EXPECT_EQ(Reason(ReplyPlace::kRenewal, 411, ""), v1::ERROR_REASON_PROVIDER_MISCONFIGURED);
}

TEST_F(ReplyClassifierTest, NeverRepeatsTheProvidersWords) {
  const std::string body = R"({"error":"leak-me","error_description":"leak-me"})";
  for (const ReplyPlace place : {ReplyPlace::kRedemption, ReplyPlace::kRenewal,
                                 ReplyPlace::kProfile, ReplyPlace::kRevocation}) {
    EXPECT_THAT(Judge(place, 400, body).status.ToString(), Not(HasSubstr("leak-me")));
  }
}

}  // namespace
}  // namespace evertoken
