#include "server/provider/provider_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A whole entry, `acme`, to which tests add lines.
constexpr char kAcme[] = R"(
providers:
  acme:
    display_name: Acme
    authorization: {url: "https://acme.example/authorize", scopes: [a]}
    token: {url: "https://acme.example/token"}
    renewal: {kind: refresh_token_grant, lost_response_policy: retry_once}
    profile_calls: [{url: "https://acme.example/me"}]
    profile_fields: {subject: /id}
)";

absl::StatusOr<std::shared_ptr<const ProviderCatalog>> ParseOne(std::string yaml,
                                                                bool loopback = false) {
  return ProviderCatalog::Parse({{"c.yaml", std::move(yaml)}}, loopback);
}

// The problems of kAcme with `lines` behind it.
std::vector<std::string> ProblemsWith(absl::string_view lines) {
  const auto catalog = ParseOne(absl::StrCat(kAcme, lines));
  if (catalog.ok()) return {};
  return absl::StrSplit(catalog.status().message(), '\n');
}

// As above; `part` takes the place of one that kAcme has.
std::vector<std::string> ProblemsAfter(absl::string_view old_part, absl::string_view new_part) {
  std::string yaml = kAcme;
  const size_t at = yaml.find(std::string(old_part));
  EXPECT_NE(at, std::string::npos) << old_part;
  yaml.replace(at, old_part.size(), std::string(new_part));
  const auto catalog = ParseOne(yaml);
  if (catalog.ok()) return {};
  return absl::StrSplit(catalog.status().message(), '\n');
}

TEST(ProviderCatalogTest, FillsInDefaults) {
  const auto catalog = ParseOne(kAcme);
  ASSERT_THAT(catalog, IsOk());
  EXPECT_THAT((*catalog)->Ids(), ElementsAre("acme"));
  EXPECT_EQ((*catalog)->Find("other"), nullptr);
  const Provider* acme = (*catalog)->Find("acme");
  ASSERT_NE(acme, nullptr);
  EXPECT_EQ(acme->authorization().client_id_parameter(), "client_id");
  EXPECT_EQ(acme->authorization().scope_parameter(), "scope");
  EXPECT_EQ(acme->authorization().code_challenge_method(), "S256");
  EXPECT_EQ(acme->client_authentication().client_secret_parameter(), "client_secret");
  EXPECT_EQ(acme->authorization().pkce(), Provider::PKCE_SEND);
  EXPECT_EQ(acme->client_authentication().kind(), Provider::ClientAuthentication::KIND_BASIC);
  EXPECT_EQ(acme->token().reply().access_token(), "/access_token");
  EXPECT_EQ(acme->renewal().rotation(), Provider::Renewal::ROTATION_ALWAYS);
  EXPECT_EQ(acme->profile_calls(0).name(), "userinfo");
  EXPECT_THAT(acme->id_token().algorithms(), ElementsAre("RS256", "ES256"));
}

TEST(ProviderCatalogTest, AnEntryInheritsWhatItDoesNotSay) {
  const auto catalog = ParseOne(absl::StrCat(kAcme, R"(
    authorization_: x
)"));
  EXPECT_FALSE(catalog.ok());
  const auto good = ParseOne(absl::StrCat(kAcme, R"(
  base:
    extends: acme
    authorization: {no_nonce: true, parameters: {p: base, q: base}}
  child:
    extends: base
    display_name: Child
    authorization: {no_nonce: false, parameters: {q: child}, scopes: [b, c]}
)"));
  ASSERT_THAT(good, IsOk());
  const Provider* child = (*good)->Find("child");
  EXPECT_EQ(child->display_name(), "Child");
  EXPECT_EQ(child->authorization().url(), "https://acme.example/authorize");
  EXPECT_FALSE(child->authorization().no_nonce());
  EXPECT_TRUE((*good)->Find("base")->authorization().no_nonce());
  EXPECT_THAT(child->authorization().scopes(), ElementsAre("b", "c"));
  EXPECT_EQ(child->authorization().parameters().at("p"), "base");
  EXPECT_EQ(child->authorization().parameters().at("q"), "child");
  EXPECT_EQ(child->extends(), "");
}

TEST(ProviderCatalogTest, LaterSourcesOverrideAndMayBuildOnWhatTheyReplace) {
  const auto catalog = ProviderCatalog::Parse(
      {{"a.yaml", kAcme}, {"b.yaml", "providers: {acme: {extends: acme, display_name: Mine}}"}},
      false);
  ASSERT_THAT(catalog, IsOk());
  EXPECT_EQ((*catalog)->Find("acme")->display_name(), "Mine");
  EXPECT_EQ((*catalog)->Find("acme")->token().url(), "https://acme.example/token");
}

TEST(ProviderCatalogTest, RefusesBasesThatAreMissingOrCircular) {
  EXPECT_THAT(ProblemsWith("    extends: nobody\n"),
              ElementsAre(HasSubstr("c.yaml:10: providers.acme.extends: there is no entry")));
  EXPECT_THAT(ProblemsWith("    extends: acme\n"),
              ElementsAre(HasSubstr("there is no entry `acme` to extend")));
  EXPECT_THAT(ProblemsWith("    extends: b\n  b: {extends: c}\n  c: {extends: acme}\n"),
              Contains(AllOf(HasSubstr("c.yaml:"), HasSubstr("extends itself in the end"))));
}

TEST(ProviderCatalogTest, TellsAllProblemsWithTheirLines) {
  EXPECT_THAT(ParseOne(R"(providers:
  acme:
    authorization: {url: "http://acme.example/authorize"}
    token:
      url: https://acme.example/{instance:tenant}
    renewal: {kind: refresh_token_grant}
    profile_calls: [{url: "https://acme.example/me"}]
    profile_fields:
      subject: id
)")
                  .status()
                  .message(),
              AllOf(HasSubstr("c.yaml:2: providers.acme.display_name: is required"),
                    HasSubstr("c.yaml:3: providers.acme.authorization.url: "),
                    HasSubstr("c.yaml:5: providers.acme.token.url: {instance:tenant} is not among "
                              "instance_parameters"),
                    HasSubstr("c.yaml:6: providers.acme.renewal.lost_response_policy: is required"),
                    HasSubstr("c.yaml:9: providers.acme.profile_fields.subject[0].pointer: is not "
                              "a JSON Pointer")));
}

TEST(ProviderCatalogTest, AProblemThatIsInheritedIsToldOnceWhereItStands) {
  const auto problems = ProblemsWith(
      "    revocation: {kind: delete_query, url: 'http://x.example'}\n  b: {extends: acme}\n");
  EXPECT_THAT(problems, ElementsAre(HasSubstr("c.yaml:10: providers.acme.revocation.url")));
}

TEST(ProviderCatalogTest, PlainHttpIsForLoopbackWhenAllowed) {
  std::string yaml = kAcme;
  yaml.replace(yaml.find("https://acme.example/token"), 26, "http://127.0.0.1:8080/token");
  EXPECT_FALSE(ParseOne(yaml).ok());
  EXPECT_THAT(ParseOne(yaml, true), IsOk());
}

struct BadLine {
  const char* lines;
  const char* problem;
};

TEST(ProviderCatalogTest, RefusesWhatCannotWork) {
  for (const BadLine& bad : std::vector<BadLine>{
           {"    unknown: 1\n", "unknown key"},
           {"  Acme_2: {extends: acme}\n", "must be 1 to 40 of [a-z0-9-]"},
           {"    issuer: ftp://x\n", "issuer"},
           {"    issuer: https://x.example/?q\n", "must not have a query"},
           {"    instance_parameters: {t: {pattern: '('}}\n", "is not an RE2 pattern"},
           {"    instance_parameters: {t: {pattern: 'a', default_value: b}}\n",
            "does not match the pattern"},
           {"    instance_parameters: {'A B': {}}\n", "must be of [a-z0-9_-]"},
           {"    client_authentication: {kind: by_discovery}\n", "needs the entry's `issuer`"},
           {"    client_authentication: {client_secret_parameter: 'a b'}\n", "a parameter name"},
           {"    client_authentication: {client_secret_parameter: client_id}\n",
            "is another parameter's name"},
           {"    headers: {X: '{access_token}'}\n", "{access_token} has no meaning here"},
           {"    headers: {AUTHORIZATION: Basic}\n", "is set by the server itself"},
           {"    post_exchange: {parameters: {a: b}}\n", "post_exchange.url: is required"},
           {"    post_exchange: {url: 'https://x.example', method: PUT}\n",
            "must be GET, POST or DELETE"},
           {"    post_exchange: {url: 'https://x.example', method: GET, parameters: {s: "
            "'{client_secret}'}}\n",
            "{client_secret} would stand in the URL"},
           {"    post_exchange: {url: 'https://x.example/{access_token}'}\n",
            "{access_token} would stand in the URL"},
           {"    post_exchange: {url: 'https://{kept:h}/'}\n", "cannot name a host"},
           {"    post_exchange: {url: 'https://x.example/{kept:h}'}\n", "is kept from no reply"},
           {"    post_exchange: {url: '{kept:h}/x', reply: {keep: {h: /h}}}\n",
            "cannot name a host"},
           {"    reply_hosts: [.x.example]\n    post_exchange: {url: 'https://{kept:h}/x', reply: "
            "{keep: {h: /h}}}\n",
            "cannot name a host"},
           {"    reply_hosts: [.example]\n", "must be a host name in lower case"},
           {"    post_exchange: {url: 'https://x.example/{'}\n", "brace without its partner"},
           {"    post_exchange: {url: 'https://x.example/#f'}\n", "fragment"},
           {"    post_exchange: {url: 'https://x.example', reply: {expires_in: 'a~'}}\n",
            "is not a JSON Pointer"},
           {"    lifetimes: {refresh_token: 1d}\n", "must be idle, absolute or sliding"},
           {"    lifetimes: {access_token: 1d, access_token_never_expires: true}\n",
            "exclude each other"},
           {"    lifetimes: {access_token: 0s}\n", "must be above 0"},
           {"    revocation: {url: 'https://x.example'}\n", "revocation.kind: is required"},
           {"    revocation: {kind: rfc7009}\n", "revocation.url: is required"},
           {"    errors: [{outcome: revoked}]\n", "needs `status` or `body`"},
           {"    errors: [{status: [400]}]\n", "outcome: is required"},
           {"    errors: [{status: [4000], outcome: revoked}]\n", "is not an HTTP status"},
           {"    errors: [{status: [503], outcome: revoked}]\n",
            "cannot prove that a grant is dead"},
           {"    errors: [{status: [429], outcome: expired}]\n",
            "cannot prove that a grant is dead"},
           {"    errors: [{body: {error: x}, outcome: revoked}]\n", "is not a JSON Pointer"},
           {"    errors: [{body: {/error: []}, outcome: revoked}]\n", "needs values"},
           {"    errors: [{body: {/e: {any_of: [a], none_of: [b]}}, outcome: revoked}]\n",
            "one of them alone"},
           {"    post_exchange: {url: 'https://x.example', reply: {expires_at: 'a'}}\n",
            "is not a JSON Pointer"},
           {"    post_exchange: {url: 'https://x.example', reply: {roots: [/a, b]}}\n",
            "roots[1]: is not a JSON Pointer"},
           {"    errors: [{status: [401], outcome: access_token_rejected}]\n", "must be `profile`"},
           {"    id_token: {algorithms: [HS256, RS256]}\n", "must be one of RS256"},
           {"    id_token: {algorithms: [none]}\n", "must be one of RS256"},
           {"    id_token: {leeway: 6m}\n", "must be at most 5m"},
           {"    limits: {calls_per_second: 0}\n", "limits.calls_per_second: must be 0.001 to"},
           {"    limits: {calls_per_second: -2.5}\n", "is -2.5; leave it out for no bound"},
           {"    limits: {calls_per_second: ten}\n", "must be a number such as"},
           {"    limits: {calls_per_second: 1, burst: 0}\n", "limits.burst: must be 1 to 1000000"},
           {"    limits: {burst: 5}\n", "has no effect without calls_per_second"},
           {"    limits: {concurrent_calls: 0}\n", "must be 1 to 100000, is 0"},
           {"    id_token: {issuer_template: 'https://x.example/{tid}'}\n",
            "needs the entry's `issuer`"},
           {"    issuer: https://x.example\n    id_token: {issuer_template: 'https://{tid}/'}\n",
            "in its path only"},
       }) {
    EXPECT_THAT(ProblemsWith(bad.lines), Contains(HasSubstr(bad.problem))) << bad.lines;
  }
}

TEST(ProviderCatalogTest, RefusesPartsThatDoNotFitTogether) {
  const char* renewal = "{kind: refresh_token_grant, lost_response_policy: retry_once}";
  for (const BadLine& bad : std::vector<BadLine>{
           {"{}", "renewal.kind: is required"},
           {"{kind: exchange_access_token, lost_response_policy: retry}",
            "renewal.request: is required"},
           {"{kind: none, request: {url: 'https://x.example'}}",
            "means nothing where no token is sent"},
           {"{kind: exchange_access_token, lost_response_policy: retry, request: {url: "
            "'https://x.example'}}",
            "must hold {access_token}"},
           {"{kind: refresh_token_grant, lost_response_policy: retry_within_grace}", "reuse_grace"},
           {"{kind: refresh_token_grant, lost_response_policy: retry_within_grace, "
            "reuse_grace: 4s}",
            "at least 5s"},
           {"{kind: refresh_token_grant, lost_response_policy: retry, reuse_grace: 30s}",
            "reuse_grace"},
           {"{kind: refresh_token_grant, lost_response_policy: retry, reuse_effect: rejected}",
            "does harm"},
           {"{kind: refresh_token_grant, lost_response_policy: retry, reuse_effect: "
            "family_revoked}",
            "does harm"},
           {"{kind: none, only_while_alive: true}", "mean nothing"},
           {"{kind: refresh_token_grant, lost_response_policy: retry, parameters: {refresh_token: "
            "a}}",
            "set by the server"},
       }) {
    EXPECT_THAT(ProblemsAfter(renewal, bad.lines), Contains(HasSubstr(bad.problem))) << bad.lines;
  }
  for (const BadLine& bad : std::vector<BadLine>{
           {"[]", "at least one is required"},
           {"[{url: 'https://x.example', name: id_token}]", "must be 1 to 20"},
           {"[{url: 'https://x.example'}, {name: b}]", "profile_calls[1].url: is required"},
           {"[{url: 'https://x.example', name: a}, {url: 'https://x.example', name: a}]",
            "name of an earlier call"},
           {"[{url: 'https://x.example', headers: {Host: a}}]", "set by the server"},
           {"[{url: 'https://x.example', query: {q: '{refresh_token}'}}]", "has no meaning here"},
           {"[{url: 'https://x.example', when_scopes: ['a b']}]", "is not a scope"},
       }) {
    EXPECT_THAT(ProblemsAfter("[{url: \"https://acme.example/me\"}]", bad.lines),
                Contains(HasSubstr(bad.problem)))
        << bad.lines;
  }
  for (const BadLine& bad : std::vector<BadLine>{
           {"{display_name: /name}", "profile_fields.subject: is required"},
           {"{subject: []}", "needs at least one candidate"},
           {"{subject: /id, shoe_size: /s}", "unknown field; known: subject"},
           {"{subject: 'other:/id'}", "no profile call, id_token or kept"},
           {"{subject: 'id_token:/sub'}", "needs the entry's `issuer`"},
           {"{subject: {candidates: [{pointer: /a, concat: [/b]}]}}", "do not go with `concat`"},
           {"{subject: [{pointer: /a, then: /b}]}", "needs `where`"},
           {"{subject: [{pointer: /a, where: {b: c}}]}", "is not a JSON Pointer"},
       }) {
    EXPECT_THAT(ProblemsAfter("{subject: /id}", bad.lines), Contains(HasSubstr(bad.problem)))
        << bad.lines;
  }
  for (const BadLine& bad : std::vector<BadLine>{
           {"{scopes: [a]}", "authorization.url: is required"},
           {"{url: 'https://x.example', scopes: ['a b']}", "is not a scope"},
           {"{url: 'https://x.example', parameters: {state: x}}", "set by the server"},
           {"{url: 'https://x.example', parameters: {p: '{client_secret}'}}",
            "has no meaning here"},
           {"{url: 'https://x.example', pkce: by_discovery}", "needs the entry's `issuer`"},
           {"{url: 'https://x.example', scope_parameter: state}", "is another parameter's name"},
           {"{url: 'https://x.example', client_id_parameter: a, scope_parameter: a}",
            "scope_parameter: is another parameter's name"},
           {"{url: 'https://x.example', scope_parameter: s, parameters: {s: x}}",
            "set by the server"},
           {"{url: 'https://x.example', fragment: 'a#b'}", "is not a fragment"},
           {"{url: 'https://x.example', fragment: 'a{client_id}'}", "is not a fragment"},
           {"{url: 'https://x.example', code_challenge_method: 's 2'}", "a parameter name"},
           {"{url: 'https://x.example/{{a}}'}", "must write braces as %7B and %7D"},
       }) {
    EXPECT_THAT(ProblemsAfter("{url: \"https://acme.example/authorize\", scopes: [a]}", bad.lines),
                Contains(HasSubstr(bad.problem)))
        << bad.lines;
  }
}

TEST(ProviderCatalogTest, AGoodEntryHasNoProblems) { EXPECT_THAT(ProblemsWith(""), IsEmpty()); }

TEST(ProviderCatalogTest, AReplyMayNameAHostWhereTheEntrySaysWhich) {
  EXPECT_THAT(ProblemsWith("    reply_hosts: [.x.example]\n    post_exchange: {url: '{kept:h}/x', "
                           "reply: {keep: {h: /h}}}\n"),
              IsEmpty());
}

}  // namespace
}  // namespace evertoken
