#ifndef EVERTOKEN_TESTS_WEB_LOGIN_FIXTURE_H_
#define EVERTOKEN_TESTS_WEB_LOGIN_FIXTURE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/event_loop.h"
#include "server/base/metrics.h"
#include "server/broker/app_registry.h"
#include "server/broker/broker.h"
#include "server/broker/broker_pool.h"
#include "server/broker/grant_cache.h"
#include "server/broker/provider_guard.h"
#include "server/http/egress_policy.h"
#include "server/provider/provider_api.h"
#include "server/store/key_ring.h"
#include "server/store/memory/memory_backend.h"
#include "server/web/web_server.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/memory_journal.h"
#include "tests/web/web_client.h"

namespace evertoken {

constexpr char kTokenUrl[] = "https://idp.test/token";
constexpr char kHostileName[] = "\"><script>alert(1)</script>";

// The web server over real brokers, provider layer, sealing and memory store on two loops; only the provider's side of the network and
// the clock are fakes.
//
// Provider `idp` grants any code; `other` is in the catalogue and no app has it. Apps: `app` (query delivery; two redirect URIs, the
// first with a query of its own), `poster` (form post), `homeless` (no redirect URI), `hostile` (bad display name).
class LoginFixture {
 public:
  explicit LoginFixture(const std::string& public_url = "http://localhost:1234",
                        int logins_per_second = 100);
  ~LoginFixture();

  int port() const { return server->port(); }
  WebReply Get(const std::string& target, const std::string& cookies = "",
               absl::string_view method = "GET") const;
  WebReply Post(const std::string& target, const std::string& body,
                const std::string& cookies = "") const;

  // A login that was begun: what the browser holds then.
  struct Begun {
    std::string location;  // the provider's address
    std::string state;
    std::string cookie;      // `name=value`
    std::string set_cookie;  // as the server sent it
  };
  Begun Begin(const std::string& query = "app=app", const std::string& cookies = "") const;

  // The access token that `app` gets for a request token.
  absl::StatusOr<v1::ExchangeTokenResponse> Exchange(const std::string& app,
                                                     const std::string& request_token);

  FakeClock clock;
  FakeHttpClient http;
  Metrics metrics;
  bool ready = true;
  std::unique_ptr<WebServer> server;

 private:
  struct Seat {
    std::unique_ptr<TokenStore> store;
    std::unique_ptr<ProviderApi> providers;
    std::unique_ptr<Broker> broker;
  };

  EventLoop first_{"first"};
  EventLoop second_{"second"};
  EgressPolicy egress_{/*allow_insecure_loopback=*/false};
  MemoryBackend backend_{&clock};
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<AppRegistry> apps_;
  GrantCache cache_{100, &clock};
  MemoryJournal journal_;
  ResultIndex results_;
  ProviderGuard guard_{{&clock, &metrics, [] { return 0.5; }}};
  std::vector<Seat> seats_;
  std::unique_ptr<BrokerPool> pool_;
};

// The parameters of a URL's query.
std::map<std::string, std::string> ParametersOf(const std::string& url);

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_WEB_LOGIN_FIXTURE_H_
