#ifndef EVERTOKEN_SERVER_BROKER_BROKER_POOL_H_
#define EVERTOKEN_SERVER_BROKER_BROKER_POOL_H_

#include <atomic>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "evertoken/v1/token_service.pb.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/broker/app_registry.h"
#include "server/broker/broker.h"
#include "server/broker/grant_cache.h"
#include "server/store/key_ring.h"

namespace evertoken {

// The brokers of all loops, and the reads that need none of them. Thread-safe.
class BrokerPool {
 public:
  struct Seat {
    Executor* executor;
    Broker* broker;
  };

  // At least one seat. All arguments must outlive the pool.
  BrokerPool(std::vector<Seat> seats, const GrantCache* cache, const AppRegistry* apps,
             const KeyRing* keys, const Clock* clock);

  // The one seat for everything that concerns this access token (or other secret).
  Seat ForToken(absl::string_view token) const;

  // Some seat, in turn.
  Seat Any() const;

  // Work in flight on all seats.
  int in_flight() const;

  // Answers from memory, on the caller's thread, without a hop to a loop, into an empty `answer`. False when memory cannot answer;
  // the answer is empty then.
  bool IntrospectFromMemory(const config::v1::App& app, const v1::IntrospectTokenRequest& request,
                            v1::IntrospectTokenResponse* answer) const;
  bool ProviderTokenFromMemory(const config::v1::App& app,
                               const v1::GetProviderTokenRequest& request,
                               v1::GetProviderTokenResponse* answer) const;
  bool ProfileFromMemory(const config::v1::App& app, const v1::GetRefreshedProfileRequest& request,
                         v1::GetRefreshedProfileResponse* answer) const;

 private:
  const std::vector<Seat> seats_;
  const GrantCache* const cache_;
  const AppRegistry* const apps_;
  const KeyRing* const keys_;
  const Clock* const clock_;
  mutable std::atomic<size_t> next_{0};
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_BROKER_POOL_H_
