#include "tests/web/login_fixture.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/provider/provider_catalog.h"
#include "server/store/memory/memory_store.h"
#include "server/store/sealing_store.h"
#include "server/web/url_query.h"
#include "tests/fakes/await_on.h"

namespace evertoken {
namespace {

constexpr char kEntry[] = R"(
    authorization: {url: 'https://idp.test/authorize', scopes: [profile]}
    token: {url: 'https://idp.test/token'}
    profile_calls:
      - {name: me, url: 'https://idp.test/me'}
    profile_fields:
      subject: {candidates: [/id]}
    renewal: {kind: refresh_token_grant, rotation: always, lost_response_policy: never_retry}
)";

std::string Catalogue() {
  return absl::StrCat("providers:\n  idp:\n    display_name: 'Ident <ID>'", kEntry,
                      "  other:\n    display_name: Other", kEntry);
}

config::v1::App App(const std::string& key, const std::vector<std::string>& redirect_uris) {
  config::v1::App app;
  app.set_key(key);
  for (const std::string& uri : redirect_uris) app.add_redirect_uris(uri);
  config::v1::ProviderClient& client = (*app.mutable_providers())["idp"];
  client.set_client_id("client");
  client.set_client_secret("client-secret");
  return app;
}

std::vector<config::v1::App> Apps() {
  std::vector<config::v1::App> apps = {
      App("app", {"https://app.test/return?x=1", "https://app.test/second"}),
      App("poster", {"https://poster.test/done"}), App("homeless", {}),
      App("hostile", {"https://hostile.test/"})};
  apps[1].set_request_token_delivery(config::v1::App::DELIVERY_FORM_POST);
  apps[3].set_display_name(kHostileName);
  return apps;
}

}  // namespace

LoginFixture::LoginFixture(const std::string& public_url, int logins_per_second) {
  keys_ = *KeyRing::New(KeyRing::Generate("k1"));
  auto catalog =
      ProviderCatalog::Parse({{"test.yaml", Catalogue()}}, /*allow_insecure_loopback=*/false);
  EXPECT_TRUE(catalog.ok()) << catalog.status();
  apps_ = std::make_unique<AppRegistry>(Apps(), *catalog, keys_.get());
  for (const char* url : {kTokenUrl, "https://idp.test/me"}) EXPECT_TRUE(egress_.Allow(url).ok());
  http.On(
      kTokenUrl,
      JsonReply(
          200,
          R"({"access_token":"at","refresh_token":"rt","token_type":"Bearer","expires_in":3600})"));
  http.On("https://idp.test/me", JsonReply(200, R"({"id":"user-1"})"));

  std::vector<BrokerPool::Seat> seats;
  for (EventLoop* loop : {&first_, &second_}) {
    Seat seat;
    seat.store =
        std::make_unique<SealingStore>(std::make_unique<MemoryStore>(&backend_), keys_.get());
    seat.providers = std::make_unique<ProviderApi>(&http, &clock, &egress_, absl::Seconds(15));
    BrokerParts parts;
    parts.executor = loop;
    parts.store = seat.store.get();
    parts.providers = seat.providers.get();
    parts.apps = apps_.get();
    parts.keys = keys_.get();
    parts.cache = &cache_;
    parts.clock = &clock;
    parts.metrics = &metrics;
    parts.journal = &journal_;
    parts.guard = &guard_;
    parts.results = &results_;
    seat.broker = std::make_unique<Broker>(parts);
    seats.push_back({loop, seat.broker.get()});
    seats_.push_back(std::move(seat));
  }
  pool_ = std::make_unique<BrokerPool>(std::move(seats), &cache_, apps_.get(), keys_.get(), &clock);

  config::v1::Web config;
  config.set_listen("127.0.0.1:0");
  config.set_public_url(public_url);
  config.set_default_app("app");
  WebServerParts parts;
  parts.loops = {&first_, &second_};
  parts.brokers = pool_.get();
  parts.apps = apps_.get();
  parts.metrics = &metrics;
  parts.clock = &clock;
  parts.ready = [this] { return ready; };
  parts.logins_per_second = logins_per_second;
  auto started = WebServer::Start(config, "", std::move(parts));
  EXPECT_TRUE(started.ok()) << started.status();
  server = *std::move(started);
}

LoginFixture::~LoginFixture() {
  server.reset();
  first_.Stop();
  second_.Stop();
}

WebReply LoginFixture::Get(const std::string& target, const std::string& cookies,
                           absl::string_view method) const {
  return Ask(
      port(),
      Request(target, cookies.empty() ? "" : absl::StrCat("Cookie: ", cookies, "\r\n"), method));
}

WebReply LoginFixture::Post(const std::string& target, const std::string& body,
                            const std::string& cookies) const {
  return Ask(port(), FormPost(target, body,
                              cookies.empty() ? "" : absl::StrCat("Cookie: ", cookies, "\r\n")));
}

LoginFixture::Begun LoginFixture::Begin(const std::string& query,
                                        const std::string& cookies) const {
  const WebReply reply = Get("/login/idp?" + query, cookies);
  EXPECT_EQ(reply.status, 302) << reply.body;
  Begun begun;
  begun.location = reply.Header("location");
  begun.state = ParametersOf(begun.location)["state"];
  const std::vector<std::string> set = reply.All("set-cookie");
  EXPECT_FALSE(set.empty());
  if (!set.empty()) begun.set_cookie = set.back();
  begun.cookie = begun.set_cookie.substr(0, begun.set_cookie.find(';'));
  return begun;
}

absl::StatusOr<v1::ExchangeTokenResponse> LoginFixture::Exchange(const std::string& app,
                                                                 const std::string& request_token) {
  Caller caller;
  caller.app = apps_->Find(app);
  v1::ExchangeTokenRequest request;
  request.set_request_token(request_token);
  const BrokerPool::Seat seat = pool_->ForToken(request_token);
  return AwaitOn(seat.executor, seat.broker->ExchangeToken(caller, request));
}

std::map<std::string, std::string> ParametersOf(const std::string& url) {
  const auto query =
      UrlQuery::Parse(absl::string_view(url).substr(std::min(url.find('?'), url.size() - 1) + 1));
  EXPECT_TRUE(query.ok()) << query.status();
  std::map<std::string, std::string> parameters;
  if (query.ok()) parameters.insert(query->all().begin(), query->all().end());
  return parameters;
}

}  // namespace evertoken
