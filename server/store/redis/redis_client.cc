#include "server/store/redis/redis_client.h"

#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/one_shot.h"
#include "server/store/slot_rules.h"

namespace evertoken {
namespace {

absl::Status StatusOfWord(const std::string& word) {
  if (word == "ok" || word == "held") return absl::OkStatus();
  if (word == "gone") return NoSuchGrant();
  if (word == "exists") return SlotInUse();
  if (word == "conflict") return OtherVersion();
  if (word == "stale") return FenceNotCurrent();
  return RedisNotUnderstood();
}

}  // namespace

RedisClient::RedisClient(EventLoop* loop, std::shared_ptr<const RedisOptions> options)
    : options_(std::move(options)),
      book_(std::make_shared<Book>(options_->key_prefix)),
      connection_(loop, options_, EventsFor(book_)),
      confirmations_(loop, &connection_, options_->wait_replicas, options_->wait_timeout) {}

RedisConnection::Events RedisClient::EventsFor(std::shared_ptr<Book> book) {
  RedisConnection::Events events;
  events.changed = [book](const std::optional<std::string>& name) { book->changes.OnChange(name); };
  events.reconnected = [book] { book->changes.OnReconnect(); };
  return events;
}

Task<absl::StatusOr<RedisReply>> RedisClient::Run(const RedisScript& script,
                                                  std::vector<std::string> keys,
                                                  std::vector<std::string> arguments, size_t fields,
                                                  RedisDurability durability) {
  std::vector<std::string> command = {"EVALSHA", script.sha1, absl::StrCat(keys.size())};
  command.reserve(command.size() + keys.size() + arguments.size());
  for (std::vector<std::string>* part : {&keys, &arguments}) {
    command.insert(command.end(), std::make_move_iterator(part->begin()),
                   std::make_move_iterator(part->end()));
  }
  OneShot<absl::StatusOr<RedisReply>> answer = Start(command);
  std::optional<OneShot<absl::Status>> confirmation = StartConfirmation(durability);
  absl::StatusOr<RedisReply> reply = co_await std::move(answer).Wait();
  if (reply.status().code() == absl::StatusCode::kFailedPrecondition) {
    // The server does not know the script (any more): send it, which makes it known.
    command[0] = "EVAL";
    command[1] = script.text;
    OneShot<absl::StatusOr<RedisReply>> second_answer = Start(std::move(command));
    confirmation = StartConfirmation(durability);
    reply = co_await std::move(second_answer).Wait();
  }
  if (!reply.ok()) co_return reply;
  if (reply->empty() || !reply->front().has_value()) co_return RedisNotUnderstood();
  const absl::Status status = StatusOfWord(*reply->front());
  if (!status.ok()) co_return status;
  if (reply->size() < 1 + fields) co_return RedisNotUnderstood();
  if (confirmation.has_value() && reply->front() == "ok") {
    const absl::Status confirmed = co_await std::move(*confirmation).Wait();
    if (!confirmed.ok()) co_return confirmed;
  }
  co_return reply;
}

Task<absl::StatusOr<RedisReply>> RedisClient::Call(std::vector<std::string> command) {
  return connection_.Call(std::move(command));
}

OneShot<absl::StatusOr<RedisReply>> RedisClient::Start(std::vector<std::string> command) {
  OneShot<absl::StatusOr<RedisReply>> answer;
  connection_.Send(std::move(command),
                   [setter = answer.setter()](absl::StatusOr<RedisReply> reply) mutable {
                     setter.Set(std::move(reply));
                   });
  return answer;
}

std::optional<OneShot<absl::Status>> RedisClient::StartConfirmation(RedisDurability durability) {
  if (durability == RedisDurability::kServer || options_->wait_replicas == 0) return std::nullopt;
  return confirmations_.Confirm();
}

void RedisClient::Follow(std::vector<std::string> read) {
  if (!connection_.following()) return;
  const auto ignore = [](const absl::StatusOr<RedisReply>&) {};
  if (!connection_.tracking()) connection_.Send({"CLIENT", "CACHING", "YES"}, ignore);
  connection_.Send(std::move(read), ignore);
}

Task<void> RedisClient::AwaitChange(SlotKey key, absl::Duration at_most) {
  std::vector<std::string> read = {"HGET", keys().Grant(key), "v"};
  Follow(std::move(read));
  co_await book_->changes.AwaitChange(std::move(key), at_most);
}

Task<void> RedisClient::AwaitEvents(absl::Duration at_most) {
  if (connection_.following()) {
    for (const int shard : book_->changes.TakeUnfollowedShards()) {
      std::vector<std::string> read = {"GET", keys().NewestEvent(shard)};
      Follow(std::move(read));
    }
  }
  co_await book_->changes.AwaitEvents(at_most);
}

absl::Status RedisNotUnderstood() {
  return absl::UnavailableError("redis: the server's answer makes no sense");
}

std::string RedisMilliseconds(absl::Duration duration) {
  return absl::StrCat(
      absl::ToInt64Milliseconds(absl::Ceil(StorableDuration(duration), absl::Milliseconds(1))));
}

}  // namespace evertoken
