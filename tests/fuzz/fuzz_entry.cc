#include "tests/fuzz/fuzz_entry.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "server/provider/provider_catalog.h"

namespace evertoken {
namespace {

constexpr char kCatalog[] = R"(
providers:
  fuzz:
    display_name: Fuzz
    issuer: https://idp.test
    authorization: {keep_from_callback: [realm]}
    token: {reply: {scope_separator: comma, keep: {user: /user/id}}}
    renewal: {kind: refresh_token_grant, lost_response_policy: retry}
    lifetimes: {access_token: 1h, refresh_token: 90d, refresh_token_model: sliding}
    id_token: {issuer_template: "https://idp.test/{tid}/v2", algorithms: [RS256, PS256, ES256, ES384, ES512]}
    introspection:
      request: {url: "https://idp.test/introspect", parameters: {token: "{access_token}"}, reply: {expires_at: /exp, expires_in: /ttl, scope: /scope}}
      active: {/active: "true", /status: {none_of: [gone]}}
      audience: /client_id
      subject: /sub
    profile_calls: [{name: me}, {name: more, url: "https://idp.test/more"}]
    profile_fields:
      subject: [/sub, /id, "id_token:/sub"]
      display_name: [/name, {concat: [/first, "more:/last"]}]
      email: [{pointer: "more:/emails", where: {/primary: "true"}, then: /email}, /email]
      email_verified: /email_verified
      picture_url: [/picture/data/url, /picture]
      profile_url: /link
      locale: [/locale, /locale/language]
      gender: [{pointer: /sex, map: {"1": female, "2": male}}]
      birth_date: [/birthday, {pointer: /birthdays, where: {/metadata/primary: "true"}, then: /date}]
      time_zone: /zoneinfo
      nickname: ["kept:/realm/name/first", "kept:/realm"]
      username: [{pointer: /user_id, extract: '[^/]+$'}, {template: "{/a}-{/b/0}"}]
      update_time: [/updated_at, "id_token:/iat"]
      hireable: [{pointer: /hireable}, {pointer: /company, map: {"*": "true"}}]
      country.code: [{where: {/in: "true"}, then: /cc}]
      country.name: /cn
      counts.followers: /followers
      age: /age
      emails:
        - {each: "more:/emails", members: {address: /email, verified: /verified, type: /type}}
      pictures:
        - members: {url: [{template: "https://pic.test/{/id}.png"}], width: /w}
        - {each: "more:", members: {url: /data_uri}}
      positions:
        - each: /jobs
          members: {title: /t, company.name: [/c/n, /c], start_date: /s, current: /now, summary: [{concat: [/x, /y]}]}
      skills:
        - {each: /skills, members: {name: [{template: "{}"}], id: /id}}
    errors:
      - {body: {/error/code: 190, /error/error_subcode: [459, 464]}, outcome: user_action_required}
      - {where: token, body: {/error: invalid_grant, /error_codes: {contains: [70008]}}, outcome: expired}
      - {where: token, body: {/error: invalid_grant}, outcome: revoked}
      - {where: profile, status: [401], outcome: access_token_rejected}
)";

ProviderBinding MakeBinding() {
  const auto catalog = ProviderCatalog::Parse({{"fuzz_entry.cc", kCatalog}}, false);
  if (!catalog.ok()) {
    std::fprintf(stderr, "%s\n", catalog.status().ToString().c_str());
    std::abort();
  }
  static const auto* const kClient = [] {
    auto* client = new config::v1::ProviderClient();
    client->set_client_id("client");
    client->set_client_secret("secret");
    client->add_native_client_ids("native");
    return client;
  }();
  ProviderBinding binding;
  binding.provider = "fuzz";
  binding.entry = std::shared_ptr<const config::v1::Provider>(*catalog, (*catalog)->Find("fuzz"));
  binding.client = kClient;
  return binding;
}

}  // namespace

const ProviderBinding& FuzzEntry() {
  static const auto* const kBinding = new ProviderBinding(MakeBinding());
  return *kBinding;
}

}  // namespace evertoken
