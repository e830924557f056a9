#ifndef EVERTOKEN_SERVER_BROKER_GRANT_REPOSITORY_H_
#define EVERTOKEN_SERVER_BROKER_GRANT_REPOSITORY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/secret.h"
#include "server/base/task.h"
#include "server/broker/app_registry.h"
#include "server/broker/grant_cache.h"
#include "server/store/key_ring.h"
#include "server/store/token_store.h"

namespace evertoken {

// A grant and where it is kept.
struct LoadedGrant {
  SlotKey key;
  std::shared_ptr<const GrantSnapshot> snapshot;

  const storage::v1::Grant& grant() const { return snapshot->grant; }
};

// Purposes of keyed hashes: the same secret gives another key for each.
constexpr char kAccessTokenPurpose[] = "access-token";
constexpr char kRequestTokenPurpose[] = "request-token";
constexpr char kLoginStatePurpose[] = "login-state";
constexpr char kBrowserPurpose[] = "browser";

// Grants by access token, between records of bytes and messages. Keeps the cache right. Belongs to one executor.
class GrantRepository {
 public:
  // All must outlive the repository.
  GrantRepository(TokenStore* store, const KeyRing* keys, GrantCache* cache,
                  const AppRegistry* apps, const Clock* clock);

  // The grant behind an access token, by any live key of the ring. TOKEN_NOT_FOUND when there is none. `allow_cached`: a
  // remembered grant will do.
  Task<absl::StatusOr<LoadedGrant>> Find(Secret access_token, bool allow_cached);

  // The same for a slot.
  Task<absl::StatusOr<LoadedGrant>> FindAt(SlotKey key, bool allow_cached);

  // The same as it was last known, for answers while the store cannot be asked; null when nothing is known or that began `at_most`
  // ago.
  std::optional<LoadedGrant> LastKnown(const Secret& access_token, absl::Duration at_most) const;
  std::optional<LoadedGrant> LastKnownAt(const SlotKey& key, absl::Duration at_most) const;

  // The grant in a slot as the store has it now. TOKEN_NOT_FOUND when it is gone.
  Task<absl::StatusOr<LoadedGrant>> Reload(SlotKey key);

  // Stores a new grant under an access token, for `keep_for`.
  Task<absl::StatusOr<LoadedGrant>> Create(Secret access_token, storage::v1::Grant grant,
                                           absl::Duration keep_for);

  // Stores a companion in its slot, for as long as its expire_time says. ALREADY_EXISTS: one is there, and stays as it is.
  Task<absl::StatusOr<LoadedGrant>> CreateCompanion(SlotKey key, storage::v1::Grant companion);

  // Changes a grant by compare-and-swap: reads it anew and applies `change` again until nobody came in between. `change` returns
  // false when there is nothing to write; it may run several times.
  using Change = std::function<bool(storage::v1::Grant* grant)>;
  Task<absl::StatusOr<LoadedGrant>> Update(LoadedGrant current, Change change);

  // The time of a grant that was found due without being so, or whose time is not to come yet: nullopt drops it. A write by
  // somebody else in between says better when it is due, and stays.
  Task<absl::Status> SetDue(LoadedGrant grant, std::optional<absl::Duration> due_in);

  // For the renewal protocol, which writes through the store itself: a grant as bytes, and a slot as a grant. What a write does
  // beside keeping the record, its events, follows from the grant `before` it (the default instance: there was none); when it is due
  // says the agenda. `lost_answers`: presentations that the write leaves open.
  GrantWrite Encode(const storage::v1::Grant& before, const storage::v1::Grant& after,
                    int lost_answers = 0) const;
  absl::StatusOr<LoadedGrant> Decode(SlotKey key, const GrantSlot& slot) const;
  // Makes a grant that was just written the remembered one, unless somebody changed it since `epoch` was taken, before the write.
  uint64_t Epoch(const SlotKey& key) const;
  void Remember(const LoadedGrant& written, uint64_t epoch);

 private:
  Task<absl::StatusOr<LoadedGrant>> Load(SlotKey key);
  Task<absl::StatusOr<LoadedGrant>> CreateAt(SlotKey key, storage::v1::Grant grant,
                                             absl::Duration keep_for);

  std::optional<absl::Duration> DueIn(const storage::v1::Grant& grant, bool attempt_open,
                                      absl::Time now) const;

  TokenStore* const store_;
  const KeyRing* const keys_;
  GrantCache* const cache_;
  const AppRegistry* const apps_;
  const Clock* const clock_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_GRANT_REPOSITORY_H_
