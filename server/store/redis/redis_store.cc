#include "server/store/redis/redis_store.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "server/store/slot_rules.h"

namespace evertoken {
namespace {

std::string Milliseconds(absl::Duration duration) {
  return absl::StrCat(
      absl::ToInt64Milliseconds(absl::Ceil(StorableDuration(duration), absl::Milliseconds(1))));
}

absl::Status NotUnderstood() {
  return absl::UnavailableError("redis: the server's answer makes no sense");
}

absl::Status StatusOfWord(const std::string& word) {
  if (word == "ok" || word == "held") return absl::OkStatus();
  if (word == "gone") return NoSuchGrant();
  if (word == "exists") return SlotInUse();
  if (word == "conflict") return OtherVersion();
  if (word == "stale") return FenceNotCurrent();
  return NotUnderstood();
}

bool ParseNumber(const std::optional<std::string>& text, uint64_t* number) {
  return text.has_value() && absl::SimpleAtoi(*text, number);
}

absl::StatusOr<uint64_t> ParseVersion(const absl::StatusOr<RedisReply>& reply) {
  if (!reply.ok()) return reply.status();
  uint64_t version = 0;
  if (!ParseNumber((*reply)[1], &version)) return NotUnderstood();
  return version;
}

// From the elements 1 to 5: app, record, version, lost answers and age of the open attempt.
absl::StatusOr<GrantSlot> ParseSlot(RedisReply* reply) {
  GrantSlot slot;
  if (!(*reply)[1].has_value() || !(*reply)[2].has_value() ||
      !ParseNumber((*reply)[3], &slot.version)) {
    return NotUnderstood();
  }
  slot.app = *std::move((*reply)[1]);
  slot.record = *std::move((*reply)[2]);
  if (!(*reply)[4].has_value()) return slot;
  OpenAttempt attempt;
  int64_t age = 0;
  if (!absl::SimpleAtoi(*(*reply)[4], &attempt.lost_answers) || !(*reply)[5].has_value() ||
      !absl::SimpleAtoi(*(*reply)[5], &age)) {
    return NotUnderstood();
  }
  // The clock of a new master may be behind the old one's.
  attempt.age = absl::Milliseconds(std::max<int64_t>(age, 0));
  slot.open_attempt = attempt;
  return slot;
}

}  // namespace

// Passes changes on, whenever the listener comes.
class RedisStore::Listener {
 public:
  explicit Listener(std::string key_start) : key_start_(std::move(key_start)) {}

  void Set(InvalidationListener listener) {
    absl::MutexLock lock(&mutex_);
    listener_ = std::move(listener);
  }

  void OnChange(const std::optional<std::string>& key) {
    InvalidationListener listener;
    {
      absl::MutexLock lock(&mutex_);
      listener = listener_;
    }
    if (listener == nullptr) return;
    if (!key.has_value()) {
      listener(std::nullopt);
    } else if (absl::StartsWith(*key, key_start_) && absl::EndsWith(*key, "}")) {
      listener(SlotKey{key->substr(key_start_.size(), key->size() - key_start_.size() - 1)});
    }
  }

 private:
  const std::string key_start_;
  absl::Mutex mutex_;
  InvalidationListener listener_ ABSL_GUARDED_BY(mutex_);
};

RedisStore::RedisStore(EventLoop* loop, std::shared_ptr<const RedisOptions> options)
    : options_(std::move(options)),
      listener_(std::make_shared<Listener>(absl::StrCat(options_->key_prefix, "g:{"))),
      connection_(loop, options_, [listener = listener_](const std::optional<std::string>& key) {
        listener->OnChange(key);
      }) {}

RedisStore::~RedisStore() = default;

std::string RedisStore::GrantKey(const SlotKey& key) const {
  return absl::StrCat(options_->key_prefix, "g:{", key.value, "}");
}

std::string RedisStore::TicketKey(const SlotKey& key) const {
  return absl::StrCat(options_->key_prefix, "t:{", key.value, "}");
}

Task<absl::StatusOr<RedisReply>> RedisStore::Run(const RedisScript& script, std::string key,
                                                 std::vector<std::string> arguments,
                                                 size_t fields) {
  std::vector<std::string> command = {"EVALSHA", script.sha1, "1", std::move(key)};
  command.insert(command.end(), std::make_move_iterator(arguments.begin()),
                 std::make_move_iterator(arguments.end()));
  absl::StatusOr<RedisReply> reply = co_await connection_.Call(command);
  if (reply.status().code() == absl::StatusCode::kFailedPrecondition) {
    // The server does not know the script (any more): send it, which makes it known.
    command[0] = "EVAL";
    command[1] = script.text;
    reply = co_await connection_.Call(command);
  }
  if (!reply.ok()) co_return reply;
  if (reply->empty() || !reply->front().has_value()) co_return NotUnderstood();
  const absl::Status status = StatusOfWord(*reply->front());
  if (!status.ok()) co_return status;
  if (reply->size() < 1 + fields) co_return NotUnderstood();
  co_return reply;
}

Task<absl::StatusOr<GrantSlot>> RedisStore::ReadGrant(SlotKey key) {
  std::string slot = GrantKey(key);
  std::vector<std::string> arguments;
  absl::StatusOr<RedisReply> reply = co_await Run(GetRedisScripts().read_grant, slot, arguments, 5);
  if (!reply.ok()) co_return reply.status();
  co_return ParseSlot(&*reply);
}

Task<absl::Status> RedisStore::CreateGrant(SlotKey key, GrantWrite write) {
  std::string slot = GrantKey(key);
  std::vector<std::string> arguments = {std::move(write.app), std::move(write.record),
                                        Milliseconds(write.ttl)};
  const absl::StatusOr<RedisReply> reply =
      co_await Run(GetRedisScripts().create_grant, slot, std::move(arguments), 0);
  co_return reply.status();
}

Task<absl::StatusOr<uint64_t>> RedisStore::WriteGrant(SlotKey key, uint64_t expected_version,
                                                      GrantWrite write) {
  std::string slot = GrantKey(key);
  std::vector<std::string> arguments = {absl::StrCat(expected_version), std::move(write.app),
                                        std::move(write.record), Milliseconds(write.ttl)};
  const absl::StatusOr<RedisReply> reply =
      co_await Run(GetRedisScripts().write_grant, slot, std::move(arguments), 1);
  co_return ParseVersion(reply);
}

Task<absl::StatusOr<RenewalLease>> RedisStore::BeginRenewal(SlotKey key, std::string owner,
                                                            absl::Duration duration) {
  std::string slot = GrantKey(key);
  std::vector<std::string> arguments = {std::move(owner), Milliseconds(duration)};
  absl::StatusOr<RedisReply> reply =
      co_await Run(GetRedisScripts().begin_renewal, slot, std::move(arguments), 6);
  if (!reply.ok()) co_return reply.status();
  RenewalLease lease;
  absl::StatusOr<GrantSlot> found = ParseSlot(&*reply);
  uint64_t number = 0;
  if (!found.ok() || !ParseNumber((*reply)[6], &number)) co_return NotUnderstood();
  lease.slot = *std::move(found);
  lease.acquired = reply->front() == "ok";
  if (lease.acquired) {
    lease.fence = number;
  } else {
    lease.held_for = absl::Milliseconds(number);
  }
  co_return lease;
}

Task<absl::Status> RedisStore::ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) {
  std::string slot = GrantKey(key);
  std::vector<std::string> arguments = {absl::StrCat(fence), Milliseconds(duration)};
  const absl::StatusOr<RedisReply> reply =
      co_await Run(GetRedisScripts().extend_lease, slot, std::move(arguments), 0);
  co_return reply.status();
}

Task<absl::StatusOr<uint64_t>> RedisStore::CommitRenewal(SlotKey key, uint64_t fence,
                                                         uint64_t expected_version,
                                                         int lost_answers, GrantWrite write) {
  std::string slot = GrantKey(key);
  std::vector<std::string> arguments = {absl::StrCat(fence),        absl::StrCat(expected_version),
                                        absl::StrCat(lost_answers), std::move(write.app),
                                        std::move(write.record),    Milliseconds(write.ttl)};
  const absl::StatusOr<RedisReply> reply =
      co_await Run(GetRedisScripts().commit_renewal, slot, std::move(arguments), 1);
  co_return ParseVersion(reply);
}

Task<absl::Status> RedisStore::AbandonRenewal(SlotKey key, uint64_t fence) {
  std::string slot = GrantKey(key);
  std::vector<std::string> arguments = {absl::StrCat(fence)};
  const absl::StatusOr<RedisReply> reply =
      co_await Run(GetRedisScripts().abandon_renewal, slot, std::move(arguments), 0);
  co_return reply.status();
}

Task<absl::Status> RedisStore::PutTicket(SlotKey key, std::string owner, std::string record,
                                         absl::Duration ttl) {
  std::string slot = TicketKey(key);
  std::vector<std::string> arguments = {std::move(owner), std::move(record), Milliseconds(ttl)};
  const absl::StatusOr<RedisReply> reply =
      co_await Run(GetRedisScripts().put_ticket, slot, std::move(arguments), 0);
  co_return reply.status();
}

Task<absl::StatusOr<Ticket>> RedisStore::SpendTicket(SlotKey key, std::string owner,
                                                     absl::Duration replay_window) {
  std::string slot = TicketKey(key);
  std::vector<std::string> arguments = {std::move(owner), replay_window <= absl::ZeroDuration()
                                                              ? std::string("0")
                                                              : Milliseconds(replay_window)};
  absl::StatusOr<RedisReply> reply =
      co_await Run(GetRedisScripts().spend_ticket, slot, std::move(arguments), 2);
  if (absl::IsNotFound(reply.status())) co_return NoSuchTicket();
  if (!reply.ok()) co_return reply.status();
  if (!(*reply)[1].has_value()) co_return NotUnderstood();
  co_return Ticket{*std::move((*reply)[1]), (*reply)[2] == "1"};
}

Task<absl::Status> RedisStore::Ping() {
  // A write: a replica or a server with a full disk answers PING as well.
  std::vector<std::string> command = {"SET", absl::StrCat(options_->key_prefix, "ping"), "1", "PX",
                                      "60000"};
  const absl::StatusOr<RedisReply> reply = co_await connection_.Call(std::move(command));
  co_return reply.status();
}

void RedisStore::SetInvalidationListener(InvalidationListener listener) {
  listener_->Set(std::move(listener));
}

bool RedisStore::CanRemember() const { return connection_.tracking(); }

}  // namespace evertoken
