#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_HOSTILE_HTTP_CLIENT_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_HOSTILE_HTTP_CLIENT_H_

#include <map>
#include <string>

#include "server/base/clock.h"
#include "server/http/http_client.h"
#include "tests/hostile_provider/provider_site.h"

namespace evertoken::hostile {

// An HttpClient whose network is this process: requests reach ProviderSites in the executor's time, so that a test can let a
// reply take an hour. Errors are those that HttpClient promises. A request whose caller no longer waits goes on and has its
// effect. Belongs to one executor.
class HostileHttpClient final : public HttpClient {
 public:
  // Longer replies are RESOURCE_EXHAUSTED.
  static constexpr size_t kMostReplyBytes = 1 << 20;

  // `clock` tells the executor's time; it and the sites must outlive the executor's last closure.
  explicit HostileHttpClient(const Clock* clock) : clock_(clock) {}

  // Serves all URLs of an origin (`https://hostile.test`).
  void Serve(const std::string& origin, ProviderSite* site) { sites_[origin] = site; }

  // UNAVAILABLE for an origin that nobody serves.
  Task<absl::StatusOr<HttpReply>> Send(HttpRequest request) override;

 private:
  const Clock* const clock_;
  std::map<std::string, ProviderSite*> sites_;
};

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_HOSTILE_HTTP_CLIENT_H_
