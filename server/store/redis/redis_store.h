#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_STORE_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "server/store/redis/redis_client.h"
#include "server/store/token_store.h"

namespace evertoken {

// Slots on a Redis server, shared by all replicas. A grant or ticket is one hash, under one key with one hash slot, that expires by
// itself.
//
// A request can arrive long after its connection was given up, and after the same one came by the next connection: an owner that
// committed or abandoned gets ABORTED from BeginRenewal, so that it opens no attempt that nobody holds.
//
// CanRemember is true while client tracking is on. Changes made through the same client are not told to the listener.
class RedisStore final : public TokenStore {
 public:
  explicit RedisStore(std::shared_ptr<RedisClient> client);
  ~RedisStore() override;

  Task<absl::StatusOr<GrantSlot>> ReadGrant(SlotKey key) override;
  Task<absl::Status> CreateGrant(SlotKey key, GrantWrite write) override;
  Task<absl::StatusOr<uint64_t>> WriteGrant(SlotKey key, uint64_t expected_version,
                                            GrantWrite write) override;
  Task<absl::StatusOr<RenewalLease>> BeginRenewal(SlotKey key, std::string owner,
                                                  absl::Duration duration) override;
  Task<absl::Status> ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) override;
  Task<absl::Status> PresentAgain(SlotKey key, uint64_t fence, absl::Duration duration) override;
  Task<absl::StatusOr<uint64_t>> CommitRenewal(SlotKey key, uint64_t fence,
                                               uint64_t expected_version, int lost_answers,
                                               GrantWrite write) override;
  Task<absl::Status> AbandonRenewal(SlotKey key, uint64_t fence) override;
  Task<void> AwaitChange(SlotKey key, absl::Duration at_most) override;
  Task<absl::Status> PutTicket(SlotKey key, std::string owner, std::string record,
                               absl::Duration ttl) override;
  Task<absl::StatusOr<Ticket>> SpendTicket(SlotKey key, std::string owner,
                                           absl::Duration replay_window) override;
  Task<absl::Status> Ping() override;
  void SetInvalidationListener(InvalidationListener listener) override;
  void SetReconnectListener(ReconnectListener listener) override;
  bool CanRemember() const override;

 private:
  // Runs a script on the grant alone.
  Task<absl::StatusOr<RedisReply>> RunOn(const RedisScript& script, SlotKey key,
                                         std::vector<std::string> arguments, size_t fields);
  // Runs a script that changes the grant's lease, and with it when the grant is due.
  Task<absl::StatusOr<RedisReply>> RunLease(const RedisScript& script, SlotKey key,
                                            std::vector<std::string> arguments, size_t fields,
                                            RedisDurability durability);
  // Runs a script that writes a record, with the write behind its other `arguments`. Its first field is the new version.
  Task<absl::StatusOr<RedisReply>> RunWrite(const RedisScript& script, SlotKey key,
                                            std::vector<std::string> arguments, GrantWrite write,
                                            size_t fields,
                                            RedisDurability durability = RedisDurability::kServer);

  const std::shared_ptr<RedisClient> client_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_STORE_H_
