#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_STORE_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "server/base/event_loop.h"
#include "server/store/redis/redis_connection.h"
#include "server/store/redis/redis_options.h"
#include "server/store/redis/redis_scripts.h"
#include "server/store/token_store.h"

namespace evertoken {

// Slots on a Redis server (6.2 or newer), shared by all replicas. One store belongs to one loop and has one connection, which
// it opens by itself and again whenever it was lost. A grant or ticket is one hash, under one key with one hash slot, that
// expires by itself.
//
// CanRemember is true while client tracking is on. Changes made through this store object are not told to its listener.
class RedisStore final : public TokenStore {
 public:
  // `loop` must outlive the store.
  RedisStore(EventLoop* loop, std::shared_ptr<const RedisOptions> options);
  ~RedisStore() override;

  Task<absl::StatusOr<GrantSlot>> ReadGrant(SlotKey key) override;
  Task<absl::Status> CreateGrant(SlotKey key, GrantWrite write) override;
  Task<absl::StatusOr<uint64_t>> WriteGrant(SlotKey key, uint64_t expected_version,
                                            GrantWrite write) override;
  Task<absl::StatusOr<RenewalLease>> BeginRenewal(SlotKey key, std::string owner,
                                                  absl::Duration duration) override;
  Task<absl::Status> ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) override;
  Task<absl::StatusOr<uint64_t>> CommitRenewal(SlotKey key, uint64_t fence,
                                               uint64_t expected_version, int lost_answers,
                                               GrantWrite write) override;
  Task<absl::Status> AbandonRenewal(SlotKey key, uint64_t fence) override;
  Task<absl::Status> PutTicket(SlotKey key, std::string owner, std::string record,
                               absl::Duration ttl) override;
  Task<absl::StatusOr<Ticket>> SpendTicket(SlotKey key, std::string owner,
                                           absl::Duration replay_window) override;
  Task<absl::Status> Ping() override;
  void SetInvalidationListener(InvalidationListener listener) override;
  bool CanRemember() const override;

 private:
  class Listener;

  std::string GrantKey(const SlotKey& key) const;
  std::string TicketKey(const SlotKey& key) const;

  // Runs a script. The answer's first word decides the status: OK for `ok` and `held`; else NOT_FOUND, ALREADY_EXISTS or ABORTED.
  // At least `fields` elements follow the word, null or not.
  Task<absl::StatusOr<RedisReply>> Run(const RedisScript& script, std::string key,
                                       std::vector<std::string> arguments, size_t fields);

  const std::shared_ptr<const RedisOptions> options_;
  const std::shared_ptr<Listener> listener_;
  RedisConnection connection_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_STORE_H_
