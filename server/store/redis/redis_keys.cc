#include "server/store/redis/redis_keys.h"

#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

constexpr absl::string_view kGrant = "g";
constexpr absl::string_view kTicket = "t";
constexpr absl::string_view kDue = "d";
constexpr absl::string_view kDueHolder = "do";
constexpr absl::string_view kEvents = "e";
constexpr absl::string_view kNewestEvent = "el";

// Takes `{NN}` from the front.
std::optional<int> ConsumeShard(absl::string_view* name) {
  if (name->size() < 4 || (*name)[0] != '{' || !absl::ascii_isdigit((*name)[1]) ||
      !absl::ascii_isdigit((*name)[2]) || (*name)[3] != '}') {
    return std::nullopt;
  }
  const int shard = ((*name)[1] - '0') * 10 + ((*name)[2] - '0');
  name->remove_prefix(4);
  return shard < RedisKeys::kShards ? std::optional<int>(shard) : std::nullopt;
}

}  // namespace

RedisKeys::RedisKeys(std::string prefix) : prefix_(std::move(prefix)) {}

// FNV-1a: all replicas must agree, of all releases.
int RedisKeys::ShardOf(const SlotKey& key) {
  uint32_t hash = 2166136261u;
  for (const unsigned char c : key.value) hash = (hash ^ c) * 16777619u;
  return static_cast<int>(hash % kShards);
}

std::string RedisKeys::OfShard(absl::string_view kind, int shard) const {
  return absl::StrFormat("%s%s:{%02d}", prefix_, kind, shard);
}

std::string RedisKeys::GrantPrefix(int shard) const {
  return absl::StrCat(OfShard(kGrant, shard), ":");
}

std::string RedisKeys::Grant(const SlotKey& key) const {
  return absl::StrCat(GrantPrefix(ShardOf(key)), key.value);
}

std::string RedisKeys::Ticket(const SlotKey& key) const {
  return absl::StrCat(prefix_, kTicket, ":{", key.value, "}");
}

std::string RedisKeys::Ping() const { return absl::StrCat(prefix_, "ping"); }

std::string RedisKeys::Due(int shard) const { return OfShard(kDue, shard); }
std::string RedisKeys::DueHolder(int shard) const { return OfShard(kDueHolder, shard); }
std::string RedisKeys::Events(int shard) const { return OfShard(kEvents, shard); }
std::string RedisKeys::NewestEvent(int shard) const { return OfShard(kNewestEvent, shard); }

std::optional<SlotKey> RedisKeys::GrantOf(absl::string_view name) const {
  if (!absl::ConsumePrefix(&name, prefix_) || !absl::ConsumePrefix(&name, "g:"))
    return std::nullopt;
  if (!ConsumeShard(&name).has_value() || !absl::ConsumePrefix(&name, ":")) return std::nullopt;
  return SlotKey{std::string(name)};
}

std::optional<int> RedisKeys::NewestEventShardOf(absl::string_view name) const {
  if (!absl::ConsumePrefix(&name, prefix_) || !absl::ConsumePrefix(&name, "el:"))
    return std::nullopt;
  const std::optional<int> shard = ConsumeShard(&name);
  return name.empty() ? shard : std::nullopt;
}

}  // namespace evertoken
