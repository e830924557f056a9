#ifndef EVERTOKEN_TESTS_SIMULATION_PROVIDER_NETWORK_H_
#define EVERTOKEN_TESTS_SIMULATION_PROVIDER_NETWORK_H_

#include <functional>
#include <memory>
#include <string>

#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/http/http_client.h"
#include "tests/hostile_provider/engine.h"

namespace evertoken::simulation {

// One process's way to the hostile provider, in virtual time. What was sent has its effect whatever becomes of its sender.
class ProviderNetwork final : public HttpClient {
 public:
  struct Parts {
    hostile::HostileProvider* provider = nullptr;
    Executor* network =
        nullptr;  // where requests and replies are on their way, whatever becomes of the process
    const Clock* clock = nullptr;
    const bool* crashed = nullptr;
    // A token reply with tokens has come, whole and in time, to this process.
    std::function<void(const std::string& access_token)> on_tokens;
    std::function<void(const std::string&)> trace;
  };

  explicit ProviderNetwork(Parts parts) : parts_(std::move(parts)) {}

  Task<absl::StatusOr<HttpReply>> Send(HttpRequest request) override;

 private:
  class Exchange;
  static Task<void> Carry(std::shared_ptr<Exchange> exchange);

  const Parts parts_;
};

}  // namespace evertoken::simulation

#endif  // EVERTOKEN_TESTS_SIMULATION_PROVIDER_NETWORK_H_
