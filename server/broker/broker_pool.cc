#include "server/broker/broker_pool.h"

#include <utility>

#include "absl/hash/hash.h"
#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/answers.h"
#include "server/broker/freshness.h"
#include "server/broker/grant_repository.h"

namespace evertoken {
namespace {

std::shared_ptr<const GrantSnapshot> Remembered(const GrantCache& cache, const KeyRing& keys,
                                                const std::string& access_token) {
  for (const SlotKey& key : keys.HashCandidates(kAccessTokenPurpose, access_token)) {
    std::shared_ptr<const GrantSnapshot> snapshot = cache.Get(key);
    if (snapshot != nullptr) return snapshot;
  }
  return nullptr;
}

}  // namespace

BrokerPool::BrokerPool(std::vector<Seat> seats, const GrantCache* cache, const AppRegistry* apps,
                       const KeyRing* keys, const Clock* clock)
    : seats_(std::move(seats)), cache_(cache), apps_(apps), keys_(keys), clock_(clock) {}

BrokerPool::Seat BrokerPool::ForToken(absl::string_view token) const {
  return seats_[absl::Hash<absl::string_view>()(token) % seats_.size()];
}

BrokerPool::Seat BrokerPool::Any() const {
  return seats_[next_.fetch_add(1, std::memory_order_relaxed) % seats_.size()];
}

int BrokerPool::in_flight() const {
  int sum = 0;
  for (const Seat& seat : seats_) sum += seat.broker->in_flight();
  return sum;
}

// Memory answers only what it can answer with yes; everything else goes to a broker, which asks the store.

bool BrokerPool::IntrospectFromMemory(const config::v1::App& app,
                                      const v1::IntrospectTokenRequest& request,
                                      v1::IntrospectTokenResponse* answer) const {
  const std::shared_ptr<const GrantSnapshot> snapshot =
      Remembered(*cache_, *keys_, request.access_token());
  const absl::Time now = clock_->Now();
  if (snapshot == nullptr || !CheckUsable(app, snapshot->grant, now).ok()) return false;
  FillIntrospection(app, snapshot->grant, now, answer);
  return true;
}

bool BrokerPool::ProviderTokenFromMemory(const config::v1::App& app,
                                         const v1::GetProviderTokenRequest& request,
                                         v1::GetProviderTokenResponse* answer) const {
  if (!app.allow_provider_token() || !request.chain().empty()) return false;
  const std::shared_ptr<const GrantSnapshot> snapshot =
      Remembered(*cache_, *keys_, request.access_token());
  const absl::Time now = clock_->Now();
  if (snapshot == nullptr || !CheckUsable(app, snapshot->grant, now).ok()) return false;
  const absl::StatusOr<ProviderBinding> binding = apps_->Bind(app, snapshot->grant.provider());
  if (!binding.ok() || binding->entry->renewal().ends_access_token() ||
      !AccessTokenUsable(snapshot->grant.tokens(), RequestedRemaining(request), now)) {
    return false;
  }
  FillProviderToken(snapshot->grant, answer);
  return true;
}

bool BrokerPool::ProfileFromMemory(const config::v1::App& app,
                                   const v1::GetRefreshedProfileRequest& request,
                                   v1::GetRefreshedProfileResponse* answer) const {
  if (request.include_raw() || !request.has_max_age()) return false;
  const std::shared_ptr<const GrantSnapshot> snapshot =
      Remembered(*cache_, *keys_, request.access_token());
  const absl::Time now = clock_->Now();
  if (snapshot == nullptr || !CheckUsable(app, snapshot->grant, now).ok() ||
      !ProfileRecent(snapshot->grant, FromDuration(request.max_age()), now)) {
    return false;
  }
  FillProfile(snapshot->grant, {}, answer);
  return true;
}

}  // namespace evertoken
