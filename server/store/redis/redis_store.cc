#include "server/store/redis/redis_store.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/store/slot_rules.h"

namespace evertoken {
namespace {

bool ParseNumber(const std::optional<std::string>& text, uint64_t* number) {
  return text.has_value() && absl::SimpleAtoi(*text, number);
}

absl::StatusOr<uint64_t> ParseVersion(const absl::StatusOr<RedisReply>& reply) {
  if (!reply.ok()) return reply.status();
  uint64_t version = 0;
  if (!ParseNumber((*reply)[1], &version)) return RedisNotUnderstood();
  return version;
}

// From the elements 1 to 6: app, record, version, lost answers and age of the open attempt, what is left of the lease.
absl::StatusOr<GrantSlot> ParseSlot(RedisReply* reply) {
  GrantSlot slot;
  if (!(*reply)[1].has_value() || !(*reply)[2].has_value() ||
      !ParseNumber((*reply)[3], &slot.version)) {
    return RedisNotUnderstood();
  }
  slot.app = *std::move((*reply)[1]);
  slot.record = *std::move((*reply)[2]);
  uint64_t left = 0;
  if ((*reply)[6].has_value() && !ParseNumber((*reply)[6], &left)) return RedisNotUnderstood();
  slot.held_for = absl::Milliseconds(left);
  if (!(*reply)[4].has_value()) return slot;
  OpenAttempt attempt;
  int64_t age = 0;
  if (!absl::SimpleAtoi(*(*reply)[4], &attempt.lost_answers) || !(*reply)[5].has_value() ||
      !absl::SimpleAtoi(*(*reply)[5], &age)) {
    return RedisNotUnderstood();
  }
  attempt.age = AttemptAge(absl::Milliseconds(age));
  slot.open_attempt = attempt;
  return slot;
}

std::string DueArgument(const std::optional<absl::Duration>& due_in) {
  if (!due_in.has_value()) return "";
  return absl::StrCat(absl::ToInt64Milliseconds(DueDuration(*due_in)));
}

}  // namespace

RedisStore::RedisStore(std::shared_ptr<RedisClient> client) : client_(std::move(client)) {}

RedisStore::~RedisStore() = default;

Task<absl::StatusOr<RedisReply>> RedisStore::RunOn(const RedisScript& script, SlotKey key,
                                                   std::vector<std::string> arguments,
                                                   size_t fields) {
  std::vector<std::string> keys = {client_->keys().Grant(key)};
  return client_->Run(script, std::move(keys), std::move(arguments), fields);
}

Task<absl::StatusOr<RedisReply>> RedisStore::RunLease(const RedisScript& script, SlotKey key,
                                                      std::vector<std::string> arguments,
                                                      size_t fields, RedisDurability durability) {
  const RedisKeys& names = client_->keys();
  std::vector<std::string> keys = {names.Grant(key), names.Due(RedisKeys::ShardOf(key))};
  return client_->Run(script, std::move(keys), std::move(arguments), fields, durability);
}

Task<absl::StatusOr<RedisReply>> RedisStore::RunWrite(const RedisScript& script, SlotKey key,
                                                      std::vector<std::string> arguments,
                                                      GrantWrite write, size_t fields,
                                                      RedisDurability durability) {
  const RedisKeys& names = client_->keys();
  const int shard = RedisKeys::ShardOf(key);
  const bool with_events = !write.events.empty();
  std::vector<std::string> keys = {names.Grant(key), names.Due(shard), names.NewestEvent(shard),
                                   names.Events(shard)};
  arguments.push_back(std::move(write.app));
  arguments.push_back(std::move(write.record));
  arguments.push_back(RedisMilliseconds(write.ttl));
  arguments.push_back(DueArgument(write.due_in));
  arguments.push_back(absl::StrCat(write.version_step));
  arguments.push_back(absl::StrCat(client_->options().events_kept / RedisKeys::kShards));
  for (std::string& event : write.events) arguments.push_back(std::move(event));
  absl::StatusOr<RedisReply> reply =
      co_await client_->Run(script, std::move(keys), std::move(arguments), fields, durability);
  if (reply.ok()) {
    client_->changes()->OnOwnChange(key);
    if (with_events) client_->changes()->OnOwnEvents(shard);
  }
  co_return reply;
}

Task<absl::StatusOr<GrantSlot>> RedisStore::ReadGrant(SlotKey key) {
  std::vector<std::string> arguments;
  absl::StatusOr<RedisReply> reply =
      co_await RunOn(GetRedisScripts().read_grant, std::move(key), std::move(arguments), 6);
  if (!reply.ok()) co_return reply.status();
  co_return ParseSlot(&*reply);
}

Task<absl::Status> RedisStore::CreateGrant(SlotKey key, GrantWrite write) {
  std::vector<std::string> arguments;
  const absl::StatusOr<RedisReply> reply =
      co_await RunWrite(GetRedisScripts().create_grant, std::move(key), std::move(arguments),
                        std::move(write), 0, RedisDurability::kReplicas);
  co_return reply.status();
}

Task<absl::StatusOr<uint64_t>> RedisStore::WriteGrant(SlotKey key, uint64_t expected_version,
                                                      GrantWrite write) {
  std::vector<std::string> arguments = {absl::StrCat(expected_version)};
  const absl::StatusOr<RedisReply> reply = co_await RunWrite(
      GetRedisScripts().write_grant, std::move(key), std::move(arguments), std::move(write), 1);
  co_return ParseVersion(reply);
}

Task<absl::StatusOr<RenewalLease>> RedisStore::BeginRenewal(SlotKey key, std::string owner,
                                                            absl::Duration duration) {
  std::vector<std::string> arguments = {std::move(owner), RedisMilliseconds(duration)};
  absl::StatusOr<RedisReply> reply =
      co_await RunLease(GetRedisScripts().begin_renewal, std::move(key), std::move(arguments), 6,
                        RedisDurability::kReplicas);
  if (!reply.ok()) co_return reply.status();
  RenewalLease lease;
  lease.acquired = reply->front() == "ok";
  if (lease.acquired && (reply->size() < 8 || !ParseNumber((*reply)[7], &lease.fence)))
    co_return RedisNotUnderstood();
  absl::StatusOr<GrantSlot> found = ParseSlot(&*reply);
  if (!found.ok()) co_return found.status();
  lease.slot = *std::move(found);
  co_return lease;
}

Task<absl::Status> RedisStore::ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) {
  std::vector<std::string> arguments = {absl::StrCat(fence), RedisMilliseconds(duration)};
  const absl::StatusOr<RedisReply> reply =
      co_await RunLease(GetRedisScripts().extend_lease, std::move(key), std::move(arguments), 0,
                        RedisDurability::kServer);
  co_return reply.status();
}

Task<absl::Status> RedisStore::PresentAgain(SlotKey key, uint64_t fence, absl::Duration duration) {
  std::vector<std::string> arguments = {absl::StrCat(fence), RedisMilliseconds(duration)};
  const absl::StatusOr<RedisReply> reply =
      co_await RunLease(GetRedisScripts().present_again, std::move(key), std::move(arguments), 0,
                        RedisDurability::kReplicas);
  co_return reply.status();
}

Task<absl::StatusOr<uint64_t>> RedisStore::CommitRenewal(SlotKey key, uint64_t fence,
                                                         uint64_t expected_version,
                                                         int lost_answers, GrantWrite write) {
  std::vector<std::string> arguments = {absl::StrCat(fence), absl::StrCat(expected_version),
                                        absl::StrCat(lost_answers)};
  const absl::StatusOr<RedisReply> reply =
      co_await RunWrite(GetRedisScripts().commit_renewal, std::move(key), std::move(arguments),
                        std::move(write), 1, RedisDurability::kReplicas);
  co_return ParseVersion(reply);
}

Task<absl::Status> RedisStore::AbandonRenewal(SlotKey key, uint64_t fence) {
  std::vector<std::string> arguments = {absl::StrCat(fence)};
  const absl::StatusOr<RedisReply> reply =
      co_await RunOn(GetRedisScripts().abandon_renewal, key, std::move(arguments), 0);
  if (reply.ok()) client_->changes()->OnOwnChange(key);
  co_return reply.status();
}

Task<void> RedisStore::AwaitChange(SlotKey key, absl::Duration at_most) {
  return client_->AwaitChange(std::move(key), at_most);
}

Task<absl::Status> RedisStore::PutTicket(SlotKey key, std::string owner, std::string record,
                                         absl::Duration ttl) {
  std::vector<std::string> keys = {client_->keys().Ticket(key)};
  std::vector<std::string> arguments = {std::move(owner), std::move(record),
                                        RedisMilliseconds(ttl)};
  const absl::StatusOr<RedisReply> reply =
      co_await client_->Run(GetRedisScripts().put_ticket, std::move(keys), std::move(arguments), 0);
  co_return reply.status();
}

Task<absl::StatusOr<Ticket>> RedisStore::SpendTicket(SlotKey key, std::string owner,
                                                     absl::Duration replay_window) {
  std::vector<std::string> keys = {client_->keys().Ticket(key)};
  std::vector<std::string> arguments = {std::move(owner), replay_window <= absl::ZeroDuration()
                                                              ? std::string("0")
                                                              : RedisMilliseconds(replay_window)};
  absl::StatusOr<RedisReply> reply = co_await client_->Run(
      GetRedisScripts().spend_ticket, std::move(keys), std::move(arguments), 2);
  if (absl::IsNotFound(reply.status())) co_return NoSuchTicket();
  if (!reply.ok()) co_return reply.status();
  if (!(*reply)[1].has_value()) co_return RedisNotUnderstood();
  co_return Ticket{*std::move((*reply)[1]), (*reply)[2] == "1"};
}

Task<absl::Status> RedisStore::Ping() {
  // A write: a replica or a server with a full disk answers PING as well.
  std::vector<std::string> command = {"SET", client_->keys().Ping(), "1", "PX", "60000"};
  const absl::StatusOr<RedisReply> reply = co_await client_->Call(std::move(command));
  co_return reply.status();
}

void RedisStore::SetInvalidationListener(InvalidationListener listener) {
  client_->changes()->SetListener(std::move(listener));
}

void RedisStore::SetReconnectListener(ReconnectListener listener) {
  client_->changes()->SetReconnectListener(std::move(listener));
}

bool RedisStore::CanRemember() const { return client_->tracking(); }

}  // namespace evertoken
