#include "server/store/redis/redis_due_queue.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

bool ParseNumber(const std::optional<std::string>& text, int64_t* number) {
  return text.has_value() && absl::SimpleAtoi(*text, number);
}

}  // namespace

RedisDueQueue::RedisDueQueue(std::shared_ptr<RedisClient> client) : client_(std::move(client)) {}

Task<absl::StatusOr<DueClaim>> RedisDueQueue::Claim(int shard, std::string owner,
                                                    absl::Duration hold, int limit) {
  const RedisKeys& names = client_->keys();
  std::vector<std::string> keys = {names.Due(shard), names.DueHolder(shard)};
  std::vector<std::string> arguments = {std::move(owner), RedisMilliseconds(hold),
                                        absl::StrCat(std::clamp(limit, 1, kLargestClaim)),
                                        names.GrantPrefix(shard)};
  absl::StatusOr<RedisReply> reply =
      co_await client_->Run(GetRedisScripts().claim_due, std::move(keys), std::move(arguments), 0);
  if (!reply.ok()) co_return reply.status();
  DueClaim claim;
  claim.held = reply->front() == "held";
  if (claim.held) co_return claim;
  if (reply->size() < 2 || reply->size() % 2 != 0 || !ParseNumber((*reply)[1], &claim.still_due))
    co_return RedisNotUnderstood();
  for (size_t i = 2; i < reply->size(); i += 2) {
    int64_t overdue = 0;
    if (!(*reply)[i].has_value() || !ParseNumber((*reply)[i + 1], &overdue))
      co_return RedisNotUnderstood();
    claim.grants.push_back({SlotKey{*std::move((*reply)[i])}, absl::Milliseconds(overdue)});
  }
  co_return claim;
}

Task<absl::Status> RedisDueQueue::Release(int shard, std::string owner) {
  std::vector<std::string> keys = {client_->keys().DueHolder(shard)};
  std::vector<std::string> arguments = {std::move(owner)};
  const absl::StatusOr<RedisReply> reply = co_await client_->Run(
      GetRedisScripts().release_due, std::move(keys), std::move(arguments), 0);
  co_return reply.status();
}

}  // namespace evertoken
