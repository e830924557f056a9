// What a catalogue may not say of profile calls and fields.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/provider/provider_catalog.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;

constexpr char kBase[] = R"(
providers:
  acme:
    display_name: Acme
    authorization: {url: "https://acme.test/authorize", scopes: [read], keep_from_callback: [user]}
    token: {url: "https://acme.test/token"}
)";
constexpr char kRenewal[] =
    "    renewal: {kind: refresh_token_grant, lost_response_policy: retry}\n";
constexpr char kCalls[] = "    profile_calls: [{name: me, url: 'https://acme.test/me'}]\n";
constexpr char kFields[] = "    profile_fields: {subject: /sub}\n";

std::string ProblemsOf(const std::string& lines) {
  const auto catalog =
      ProviderCatalog::Parse({{"c.yaml", absl::StrCat(kBase, lines, "\n")}}, false);
  return catalog.ok() ? "" : std::string(catalog.status().message());
}

std::string ProblemsOfFields(const std::string& fields) {
  return ProblemsOf(absl::StrCat(kRenewal, kCalls, "    profile_fields: ", fields));
}

std::string ProblemsOfCalls(const std::string& calls) {
  return ProblemsOf(absl::StrCat(kRenewal, kFields, "    profile_calls: ", calls));
}

struct Bad {
  const char* lines;
  const char* problem;
};

TEST(CheckProfileTest, TakesEveryOperator) {
  EXPECT_EQ(ProblemsOfFields("{subject: [{pointer: /id, extract: '[^/]+$'}, 'kept:/user/id'], "
                             "picture_url: [{template: 'https://x.test/{/id}.png'}, "
                             "{where: {/has: 'true'}, template: '{/p}'}], "
                             "country.code: /cc, hireable: [{pointer: /h, map: {'*': 'true'}}], "
                             "emails: [{each: 'me:/e', members: {address: /a}}], "
                             "positions: [{each: /p, members: {title: /t, company.name: /c, "
                             "current: [{template: 'true'}]}}]}"),
            "");
}

TEST(CheckProfileTest, RefusesFieldsThatCannotBe) {
  for (const Bad& bad : std::vector<Bad>{
           {"{subject: /id, fetch_time: /t}", "unknown field"},
           {"{subject: /id, country: /c}", "unknown field"},
           {"{subject: /id, country.shoe: /c}", "unknown field"},
           {"{subject: /id, create_time.seconds: /c}", "unknown field"},
           {"{subject: /id, raw: /c}", "unknown field"},
           {"{subject: [{template: '{/a'}]}", "without its partner"},
           {"{subject: [{template: '{a}'}]}", "not a JSON Pointer"},
           {"{subject: [{pointer: /a, extract: '('}]}", "is not an RE2 pattern"},
           {"{subject: [{where: {/a: b}, then: /c, template: 'x'}]}", "no `template`"},
           {"{subject: [{concat: [/a], template: 'x'}]}", "do not go with `concat`"},
           {"{subject: [{map: {a: b}}]}", "needs `pointer`, `concat` or `template`"},
           {"{subject: 'kept:/device/id'}", "`kept:` needs the name"},
           {"{subject: 'kept:'}", "`kept:` needs the name"},
           {"{subject: [{each: /a, members: {address: /b}}]}", "are for lists"},
       }) {
    EXPECT_THAT(ProblemsOfFields(bad.lines), HasSubstr(bad.problem)) << bad.lines;
  }
}

TEST(CheckProfileTest, RefusesListsThatCannotBe) {
  for (const Bad& bad : std::vector<Bad>{
           {"{subject: /id, emails: /e}", "takes `each` and `members`"},
           {"{subject: /id, emails: [{each: /e, pointer: /f, members: {address: /a}}]}",
            "takes `each` and `members`"},
           {"{subject: /id, emails: [{each: /e, members: {verified: /a}}]}", "needs `address`"},
           {"{subject: /id, emails: [{each: /e, members: {address: /a, shoe: /b}}]}",
            "unknown member; known: address, verified"},
           {"{subject: /id, emails: [{each: /e, members: {address: 'me:/a'}}]}", "names no source"},
           {"{subject: /id, emails: [{each: 'you:/e', members: {address: /a}}]}",
            "no profile call"},
           {"{subject: /id, emails: [{each: e, members: {address: /a}}]}", "not a JSON Pointer"},
           {"{subject: /id, emails: [{each: /e, members: {address: []}}]}",
            "needs at least one candidate"},
           {"{subject: /id, emails: []}", "needs at least one candidate"},
           {"{subject: /id, emails: [{each: /e, members: {address: [{each: /a, members: {a: "
            "/b}}]}}]}",
            "are for lists"},
       }) {
    EXPECT_THAT(ProblemsOfFields(bad.lines), HasSubstr(bad.problem)) << bad.lines;
  }
}

TEST(CheckProfileTest, TakesEveryKindOfCall) {
  EXPECT_EQ(ProblemsOfCalls("[{name: me, url: 'https://x.test/{access_token}', format: jsonp, "
                            "keep: {openid: /openid}}, "
                            "{name: user, url: 'https://x.test/{kept:openid}', method: POST, "
                            "form: {t: '{access_token}', o: '{kept:openid}'}}, "
                            "{name: photo, url: 'https://x.test/p', format: image, "
                            "md5_signature_parameter: sig, query: {a: '{kept:user}'}}]"),
            "");
}

TEST(CheckProfileTest, RefusesCallsThatCannotBe) {
  for (const Bad& bad : std::vector<Bad>{
           {"[{url: 'https://x.test', name: kept}]", "must be 1 to 20"},
           {"[{url: 'https://x.test', method: PUT}]", "must be GET or POST"},
           {"[{url: 'https://x.test', form: {a: b}}]", "needs `method: POST`"},
           {"[{url: 'https://x.test', method: POST, form: {a: '{client_secret}'}}]",
            "has no meaning here"},
           {"[{url: 'https://x.test', query: {sig: a}, md5_signature_parameter: sig}]",
            "set by the server"},
           {"[{url: 'https://x.test', md5_signature_parameter: 's g'}]", "parameter name"},
           {"[{url: 'https://x.test', keep: {a: b}}]", "not a JSON Pointer"},
           {"[{url: 'https://x.test', keep: {A: /b}}]", "a kept value's name"},
           {"[{url: 'https://x.test/{kept:a}', keep: {a: /b}}]", "kept from no reply"},
           {"[{url: 'https://x.test', keep: {a: /b}}, {name: b, url: 'https://x.test/{kept:c}'}]",
            "kept from no reply"},
       }) {
    EXPECT_THAT(ProblemsOfCalls(bad.lines), HasSubstr(bad.problem)) << bad.lines;
  }
}

TEST(CheckProfileTest, WithoutCallsAnIdTokenTellsTheProfile) {
  const std::string fields = "    profile_fields: {subject: 'id_token:/sub'}\n";
  EXPECT_EQ(ProblemsOf(absl::StrCat("    issuer: https://acme.test\n", kRenewal, fields)), "");
  EXPECT_THAT(ProblemsOf(absl::StrCat(kRenewal, kFields)), HasSubstr("at least one is required"));
  EXPECT_THAT(
      ProblemsOf("    issuer: https://acme.test\n    renewal: {kind: liveness_check}\n" + fields),
      HasSubstr("at least one is required"));
}

}  // namespace
}  // namespace evertoken
