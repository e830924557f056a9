#include "tests/broker/broker_fixture.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/ids.h"
#include "server/base/proto_time.h"
#include "server/provider/provider_catalog.h"
#include "server/store/memory/memory_due_queue.h"
#include "server/store/memory/memory_store.h"

namespace evertoken {
namespace {

std::string Entry(const std::string& id, const std::string& renewal) {
  return absl::StrCat("  ", id, R"(:
    display_name: Test provider
    authorization: {url: 'https://idp.test/authorize', scopes: [profile]}
    token: {url: 'https://idp.test/token'}
    profile_calls:
      - {name: me, url: 'https://idp.test/me'}
    profile_fields:
      subject: {candidates: [/id]}
      display_name: {candidates: [/name]}
      locale: {candidates: [/locale]}
    errors:
      - {where: token, body: {/error: invalid_grant}, outcome: revoked}
      - {where: token, body: {/error: interaction_required}, outcome: user_action_required}
    revocation: {kind: rfc7009, url: 'https://idp.test/revoke'}
    renewal: )",
                      renewal, "\n");
}

std::string Catalogue() {
  const std::string grant = "{kind: refresh_token_grant, rotation: always, lost_response_policy: ";
  return absl::StrCat(
      "providers:\n", Entry("never", grant + "never_retry}"), Entry("once", grant + "retry_once}"),
      Entry("grace", grant + "retry_within_grace, reuse_grace: 30s}"),
      Entry("harmless", grant + "retry}"), Entry("immortal", "{kind: liveness_check}"),
      Entry("openid", grant + "never_retry}\n    issuer: https://issuer.test"),
      "  callless:\n    extends: openid\n    profile_calls: []\n",
      "    profile_fields: {subject: 'id_token:/sub'}\n",
      "  ending: {extends: never, renewal: {ends_access_token: true}}\n",
      "  looked: {extends: never, introspection: {request: {url: 'https://idp.test/look', proof: "
      "client, parameters: {token: '{access_token}'}}, active: {/active: 'true'}, audience: "
      "/client_id, subject: /sub}}\n",
      "  closed: {extends: never, introspection: {request: {url: 'https://idp.test/look', proof: "
      "client, parameters: {token: '{access_token}'}}, active: {/active: 'true'}, subject: /sub}}\n"
      "  public: {extends: closed, display_name: Public}\n"
      "  watched: {extends: looked, renewal: {timing: {mode: on_rejection}}, introspection: "
      "{interval: "
      "1h}, errors: [{where: token, body: {/error: invalid_grant}, outcome: revoked}, {where: "
      "profile, status: [401], outcome: access_token_rejected}, {where: profile, body: {/gone: "
      "'true'}, outcome: revoked}]}\n",
      "  pairs: {extends: never, token: {url: 'https://pairs.test/token', reply: {roots: [/user, "
      "'']}, secondary: {bot: {}}}}\n",
      "  needy: {extends: never, revocation: {needs_living_token: true}}\n");
}

config::v1::App TestApp() {
  config::v1::App app;
  app.set_key("app");
  app.set_allow_provider_token(true);
  app.add_redirect_uris("https://app.test/return");
  for (const char* provider :
       {"never", "once", "grace", "harmless", "immortal", "openid", "needy", "looked", "ending",
        "watched", "callless", "pairs", "closed", "public"}) {
    config::v1::ProviderClient& client = (*app.mutable_providers())[provider];
    client.set_client_id("client");
    if (absl::string_view(provider) != "public") client.set_client_secret("client-secret");
    client.add_native_client_ids("phone");
  }
  return app;
}

}  // namespace

BrokerFixture::BrokerFixture() {
  keys = *KeyRing::New(KeyRing::Generate("k1"));
  auto catalog =
      ProviderCatalog::Parse({{"test.yaml", Catalogue()}}, /*allow_insecure_loopback=*/false);
  EXPECT_TRUE(catalog.ok()) << catalog.status();
  config::v1::App other = TestApp();
  other.set_key("other");
  config::v1::App lively = TestApp();
  lively.set_key("lively");
  lively.set_keep_alive(config::v1::App::KEEP_ALIVE_MODE_PROACTIVE);
  apps = std::make_unique<AppRegistry>(std::vector<config::v1::App>{TestApp(), other, lively},
                                       *catalog, keys.get());
  for (const char* url : {kTokenUrl, kProfileUrl, kRevokeUrl, kLookUrl, kPairsUrl})
    EXPECT_TRUE(egress.Allow(url).ok());
  http.On(kProfileUrl, JsonReply(200, R"({"id":"user-1","name":"Ann","locale":"en"})"));
  http.On(kRevokeUrl, JsonReply(200, ""));
  http.On("https://issuer.test/.well-known/openid-configuration",
          JsonReply(200, R"({"issuer":"https://issuer.test",
                             "authorization_response_iss_parameter_supported":true})"));
  replica = NewReplica();
}

std::unique_ptr<Replica> BrokerFixture::NewReplica(KeepAliveShare share) {
  auto made = std::make_unique<Replica>();
  auto faulty = std::make_unique<FaultyStore>(std::make_unique<MemoryStore>(&backend));
  made->faults = faulty.get();
  made->store = std::make_unique<SealingStore>(std::move(faulty), keys.get());
  made->due = std::make_unique<MemoryDueQueue>(&backend);
  made->cache = std::make_unique<GrantCache>(1000, &clock);
  made->providers = std::make_unique<ProviderApi>(&http, &clock, &egress, absl::Seconds(15));
  BrokerParts parts;
  parts.executor = &executor;
  parts.store = made->store.get();
  parts.providers = made->providers.get();
  parts.apps = apps.get();
  parts.keys = keys.get();
  parts.cache = made->cache.get();
  parts.clock = &clock;
  parts.metrics = &metrics;
  parts.journal = &journal;
  parts.guard = &guard;
  parts.results = &made->results;
  parts.store_may_forget = true;
  parts.due = made->due.get();
  parts.keep_alive = share;
  parts.random = [] { return 0.5; };
  made->broker = std::make_unique<Broker>(parts);
  return made;
}

std::string BrokerFixture::SeedGrant(const std::string& provider, const std::string& app) {
  storage::v1::Grant grant;
  grant.set_grant_id("grant");
  grant.set_app(app);
  grant.set_provider(provider);
  grant.set_subject("user-1");
  grant.set_claimed(true);
  grant.set_state(v1::GRANT_STATE_ACTIVE);
  *grant.mutable_login_time() = ToTimestamp(clock.Now());
  *grant.mutable_expire_time() = ToTimestamp(clock.Now() + absl::Minutes(15));
  grant.set_expiry_limit(v1::EXPIRY_LIMIT_DEFAULT);
  grant.mutable_tokens()->set_access_token("access-0");
  grant.mutable_tokens()->set_token_type("Bearer");
  if (provider != "immortal") {
    grant.mutable_tokens()->set_refresh_token("refresh-0");
    *grant.mutable_tokens()->mutable_access_expire_time() =
        ToTimestamp(clock.Now() + absl::Hours(1));
  }
  *grant.mutable_tokens()->mutable_obtain_time() = ToTimestamp(clock.Now());

  const std::string access_token = RandomGuid();
  GrantRepository grants(replica->store.get(), keys.get(), replica->cache.get(), apps.get(),
                         &clock);
  auto created =
      executor.Await(grants.Create(Secret(access_token), std::move(grant), absl::Hours(48)));
  EXPECT_TRUE(created.ok()) << created.status();
  return access_token;
}

SlotKey BrokerFixture::KeyOf(const std::string& access_token) const {
  return keys->Hash(kAccessTokenPurpose, access_token);
}

storage::v1::Grant BrokerFixture::Stored(const std::string& access_token) {
  SealingStore direct(std::make_unique<MemoryStore>(&backend), keys.get());
  auto slot = executor.Await(direct.ReadGrant(KeyOf(access_token)));
  EXPECT_TRUE(slot.ok()) << slot.status();
  storage::v1::Grant grant;
  EXPECT_TRUE(slot.ok() && grant.ParseFromString(slot->record));
  return grant;
}

Caller BrokerFixture::App() const {
  Caller caller;
  caller.app = apps->Find("app");
  return caller;
}

v1::RefreshTokenRequest BrokerFixture::RefreshRequest(const std::string& access_token) const {
  v1::RefreshTokenRequest request;
  request.set_access_token(access_token);
  return request;
}

absl::StatusOr<v1::RefreshTokenResponse> BrokerFixture::Refresh(const std::string& access_token) {
  return executor.Await(replica->broker->RefreshToken(App(), RefreshRequest(access_token)));
}

absl::StatusOr<v1::GetRefreshedProfileResponse> BrokerFixture::Profile(
    const std::string& access_token) {
  v1::GetRefreshedProfileRequest request;
  request.set_access_token(access_token);
  return executor.Await(replica->broker->GetRefreshedProfile(App(), request));
}

}  // namespace evertoken
