// Replays the case file of every shipped catalogue entry through the real ProviderApi.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/proto_time.h"
#include "server/config/duration_text.h"
#include "server/http/egress_policy.h"
#include "server/provider/provider_api.h"
#include "server/provider/provider_catalog.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"
#include "tests/provider/test_key.h"
#include "tests/providers/case_file.h"

namespace evertoken {
namespace {

using storage::v1::ProviderTokens;

std::shared_ptr<const ProviderCatalog> Shipped() {
  static const auto* const kCatalog =
      new auto(ProviderCatalog::Load({"deploy/config/providers.yaml"}, false));
  EXPECT_THAT(*kCatalog, IsOk());
  return kCatalog->ok() ? **kCatalog : nullptr;
}

std::string CasePath(const std::string& id) {
  return absl::StrCat("tests/providers/cases/", id, ".yaml");
}

std::vector<ProviderCase> AllCases() {
  std::vector<ProviderCase> all;
  const std::shared_ptr<const ProviderCatalog> catalog = Shipped();
  if (catalog == nullptr) return all;
  for (const std::string& id : catalog->Ids()) {
    std::vector<ProviderCase> cases = ReadCaseFile(id, CasePath(id)).cases;
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

absl::Duration DurationOf(const YamlNode& node) {
  const std::optional<absl::Duration> duration = ParseDurationText(node.text);
  EXPECT_TRUE(duration.has_value()) << "line " << node.line << ": " << node.text;
  return duration.value_or(absl::ZeroDuration());
}

// Whether this is a profile call that the entry wants to hold the access token in its URL.
bool IsCallWithToken(const config::v1::Provider& entry, const std::string& url) {
  for (const auto& call : entry.profile_calls()) {
    const std::string begin = call.url().substr(0, call.url().find('{'));
    bool says_so = absl::StrContains(call.url(), "{access_token}");
    for (const auto& [name, value] : call.query())
      says_so = says_so || absl::StrContains(value, "{access_token}");
    if (says_so && !call.url().empty() && absl::StartsWith(url, begin)) return true;
  }
  return false;
}

// Whether the entry says that a secret, or with GET an access token, stands in this URL.
bool MayHoldSecret(const config::v1::Provider& entry, const std::string& url) {
  for (const auto* request :
       {&entry.token().code_request(), &entry.post_exchange(), &entry.renewal().request(),
        &entry.revocation().request(), &entry.introspection().request()}) {
    const std::string begin = request->url().substr(0, request->url().find('{'));
    const bool says_so = request->secrets_in_url() || request->method() == "GET";
    if (says_so && !request->url().empty() && absl::StartsWith(url, begin)) return true;
  }
  return false;
}

class ShippedProviderTest : public ::testing::TestWithParam<ProviderCase> {
 protected:
  ShippedProviderTest() {
    binding_.provider = GetParam().provider;
    const std::shared_ptr<const ProviderCatalog> catalog = Shipped();
    binding_.entry =
        std::shared_ptr<const config::v1::Provider>(catalog, catalog->Find(binding_.provider));
    client_ = GetParam().client;
    if (binding_.entry->client_authentication().kind() ==
        config::v1::Provider::ClientAuthentication::KIND_JWT_AS_SECRET) {
      client_.set_client_secret(TestKey::P256().pem);
    }
    binding_.client = &client_;
    for (const YamlNode& reply : GetParam().replies) Script(reply);
  }

  void Script(const YamlNode& node) {
    const std::string url = TextOf(Member(node, "url"));
    int status = 200;
    const std::string status_text = TextOf(Member(node, "status"));
    if (status_text == "timeout") return http_.On(url, absl::DeadlineExceededError("case"));
    if (!status_text.empty()) {
      ASSERT_TRUE(absl::SimpleAtoi(status_text, &status)) << status_text;
    }
    HttpReply reply = JsonReply(status, TextOf(Member(node, "body")));
    for (const auto& [name, value] : TextsOf(Member(node, "headers")))
      reply.headers.insert(reply.headers.begin(), {name, value});
    http_.On(url, reply);
  }

  ProviderTokens TokensBefore() const {
    ProviderTokens tokens;
    const YamlNode& node = GetParam().tokens;
    tokens.set_access_token(TextOf(Member(node, "access_token")));
    tokens.set_refresh_token(TextOf(Member(node, "refresh_token")));
    tokens.set_redirect_uri(TextOf(Member(node, "redirect_uri")));
    for (const YamlNode& scope : Member(node, "scopes").items) tokens.add_scopes(scope.text);
    const YamlNode& age = Member(node, "age");
    const absl::Time obtained =
        clock_.Now() - (age.text.empty() ? absl::Hours(1) : DurationOf(age));
    *tokens.mutable_obtain_time() = ToTimestamp(obtained);
    for (const auto& [name, value] : TextsOf(Member(node, "kept")))
      (*tokens.mutable_kept())[name] = value;
    const YamlNode& left = Member(node, "access_left");
    if (!left.text.empty())
      *tokens.mutable_access_expire_time() = ToTimestamp(clock_.Now() + DurationOf(left));
    const YamlNode& refresh_left = Member(node, "refresh_left");
    if (!refresh_left.text.empty())
      *tokens.mutable_refresh_expire_time() = ToTimestamp(clock_.Now() + DurationOf(refresh_left));
    return tokens;
  }

  void Redeem() {
    CodeRedemption redemption;
    redemption.code = Secret("case-code");
    redemption.redirect_uri = "https://us.test/callback";
    redemption.code_verifier = Secret("case-verifier");
    redemption.requested_scopes = {"requested"};
    CheckTokens(executor_.Await(api_.RedeemCode(binding_, redemption)));
  }

  void Renew() {
    ProviderTokens before = TokensBefore();
    CheckTokens(executor_.Await(api_.Renew(binding_, before, absl::InfiniteFuture())).tokens);
  }

  void FetchProfile() {
    ProviderTokens tokens = TokensBefore();
    const ProfileResult result =
        executor_.Await(api_.FetchProfile(binding_, tokens, GetParam().id_token_claims));
    const bool rejected = TextOf(Member(GetParam().expect, "access_token_rejected")) == "true";
    EXPECT_EQ(result.access_token_rejected, rejected);
    if (!CheckStatus(result.status)) return;
    v1::Profile profile = result.profile;
    EXPECT_EQ(profile.provider(), GetParam().provider);
    profile.clear_provider();
    profile.clear_fetch_time();
    profile.clear_fields();
    v1::Profile expected;
    const auto parsed = google::protobuf::util::JsonStringToMessage(
        TextOf(Member(GetParam().expect, "profile")), &expected);
    ASSERT_TRUE(parsed.ok()) << parsed.ToString();
    google::protobuf::util::MessageDifferencer differencer;
    std::string differences;
    differencer.ReportDifferencesToString(&differences);
    EXPECT_TRUE(differencer.Compare(expected, profile)) << differences;
  }

  void Revoke() {
    ProviderTokens tokens = TokensBefore();
    const absl::StatusOr<bool> revoked = executor_.Await(api_.Revoke(binding_, tokens));
    if (!CheckStatus(revoked.status())) return;
    EXPECT_EQ(*revoked ? "true" : "false", TextOf(Member(GetParam().expect, "revoked")));
  }

  // Whether the rest is worth looking at.
  bool CheckStatus(const absl::Status& status) {
    const YamlNode& expect = GetParam().expect;
    const std::string error = TextOf(Member(expect, "error"));
    EXPECT_EQ(status.ok() ? "" : ReasonName(ReasonOf(status)), error) << status;
    const YamlNode& wait = Member(expect, "retry_after");
    if (!wait.text.empty()) {
      EXPECT_EQ(RetryAfterOf(status), DurationOf(wait));
    }
    return status.ok() && error.empty();
  }

  void CheckTokens(const absl::StatusOr<ProviderTokens>& tokens) {
    if (!CheckStatus(tokens.status())) return;
    const YamlNode& expect = Member(GetParam().expect, "tokens");
    EXPECT_EQ(tokens->access_token(), TextOf(Member(expect, "access_token")));
    EXPECT_EQ(tokens->refresh_token(), TextOf(Member(expect, "refresh_token")));
    EXPECT_EQ(tokens->redirect_uri(), TextOf(Member(expect, "redirect_uri")));
    const std::map<std::string, std::string> kept = TextsOf(Member(expect, "kept"));
    if (!kept.empty()) {
      EXPECT_EQ((std::map<std::string, std::string>{tokens->kept().begin(), tokens->kept().end()}),
                kept);
    }
    CheckEnd("access_left", tokens->has_access_expire_time(), tokens->access_expire_time());
    CheckEnd("refresh_left", tokens->has_refresh_expire_time(), tokens->refresh_expire_time());
    std::vector<std::string> scopes;
    for (const YamlNode& scope : Member(expect, "scopes").items) scopes.push_back(scope.text);
    EXPECT_EQ(std::vector<std::string>(tokens->scopes().begin(), tokens->scopes().end()), scopes);
  }

  void CheckEnd(const std::string& name, bool has, const google::protobuf::Timestamp& end) {
    const YamlNode& left = Member(Member(GetParam().expect, "tokens"), name);
    EXPECT_EQ(has, !left.text.empty()) << name;
    if (has && !left.text.empty()) {
      EXPECT_EQ(FromTimestamp(end) - clock_.Now(), DurationOf(left)) << name;
    }
  }

  // Every request that the case describes must have been sent, and no URL may hold a secret unless the entry admits it.
  void CheckRequests() {
    for (const HttpRequest& request : http_.Requests()) {
      if (MayHoldSecret(*binding_.entry, request.url)) continue;
      const bool bears_token = IsCallWithToken(*binding_.entry, request.url);
      for (const char* secret : {"case-secret", "case-code", "case-verifier", "refresh-",
                                 bears_token ? "refresh-" : "access-"}) {
        EXPECT_EQ(request.url.find(secret), std::string::npos) << request.url;
      }
    }
    for (const YamlNode& node : Member(GetParam().expect, "requests").items) {
      const std::vector<HttpRequest> sent = http_.Requests(TextOf(Member(node, "url")));
      ASSERT_EQ(sent.size(), 1u) << TextOf(Member(node, "url"));
      EXPECT_EQ(sent[0].method, TextOf(Member(node, "method")));
      CheckFields(node, "form", FormOf(Member(node, "form").members.empty() ? "" : sent[0].body));
      CheckFields(node, "query", QueryOf(sent[0].url));
      for (const auto& [name, value] : TextsOf(Member(node, "headers")))
        EXPECT_EQ(HeaderOf(sent[0], name), value) << name;
      const std::string body = TextOf(Member(node, "body"));
      if (!body.empty()) {
        EXPECT_EQ(sent[0].body, body);
      }
    }
  }

  static void CheckFields(const YamlNode& node, const std::string& what,
                          const std::map<std::string, std::string>& sent) {
    for (const auto& [name, value] : TextsOf(Member(node, what))) {
      const auto field = sent.find(name);
      ASSERT_NE(field, sent.end()) << what << " lacks " << name;
      EXPECT_EQ(field->second, value) << name;
    }
  }

  config::v1::ProviderClient client_;
  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  FakeHttpClient http_;
  EgressPolicy egress_{/*allow_insecure_loopback=*/false};
  ProviderApi api_{&http_, &clock_, &egress_, absl::Seconds(10)};
  ProviderBinding binding_;
};

TEST_P(ShippedProviderTest, DoesWhatItsCaseSays) {
  SCOPED_TRACE(GetParam().name);
  const std::string& action = GetParam().action;
  if (action == "redeem") {
    Redeem();
  } else if (action == "renew") {
    Renew();
  } else if (action == "profile") {
    FetchProfile();
  } else if (action == "revoke") {
    Revoke();
  } else {
    FAIL() << "unknown action " << action;
  }
  CheckRequests();
}

std::string TestName(const ::testing::TestParamInfo<ProviderCase>& info) {
  // GoogleTest takes letters, digits and underscores.
  return absl::StrCat(absl::StrReplaceAll(info.param.provider, {{"-", "_"}}), "_",
                      info.param.situation, "_", info.index);
}

INSTANTIATE_TEST_SUITE_P(Cases, ShippedProviderTest, ::testing::ValuesIn(AllCases()), TestName);

TEST(ShippedCatalogTest, EveryEntryHasACaseForEverySituation) {
  const std::set<std::string> situations = {"login",   "renewal",   "rotation", "revoked",
                                            "expired", "throttled", "down",     "odd_reply",
                                            "profile", "revocation"};
  const std::shared_ptr<const ProviderCatalog> catalog = Shipped();
  ASSERT_NE(catalog, nullptr);
  for (const std::string& id : catalog->Ids()) {
    const CaseFile file = ReadCaseFile(id, CasePath(id));
    std::set<std::string> missing = situations;
    for (const ProviderCase& provider_case : file.cases) {
      EXPECT_EQ(situations.count(provider_case.situation), 1u)
          << id << ": " << provider_case.situation;
      missing.erase(provider_case.situation);
    }
    for (const auto& [situation, reason] : file.not_applicable) {
      EXPECT_EQ(missing.erase(situation), 1u)
          << id << ": " << situation << " has a case and an excuse";
      EXPECT_GT(reason.size(), 10u) << id << ": " << situation << " needs a reason";
    }
    EXPECT_THAT(missing, ::testing::IsEmpty()) << id;
  }
}

}  // namespace
}  // namespace evertoken
