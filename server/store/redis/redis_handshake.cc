#include "server/store/redis/redis_handshake.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/log.h"

namespace evertoken {
namespace {

using Reply = absl::StatusOr<RedisReply>;

std::vector<std::string> Hello(const RedisOptions& options) {
  std::vector<std::string> command = {"HELLO", "3"};
  if (!options.password.empty()) {
    command.push_back("AUTH");
    command.push_back(options.username.empty() ? "default" : options.username);
    command.push_back(options.password.Reveal());
  }
  command.insert(command.end(), {"SETNAME", "evertoken"});
  return command;
}

Task<Reply> Call(RedisAsk ask, std::vector<std::string> command) {
  OneShot<Reply> answer = ask(command);
  co_return co_await std::move(answer).Wait();
}

// From the answer to HELLO: names and values in turn.
bool IsReplica(const RedisReply& hello) {
  for (size_t i = 0; i + 1 < hello.size(); i += 2) {
    if (hello[i] == "role") return hello[i + 1] == "replica";
  }
  return false;
}

// The value of a setting in the answer to CONFIG GET; nullopt when the server does not tell.
std::optional<std::string> SettingOf(const Reply& reply) {
  if (!reply.ok() || reply->size() != 2) return std::nullopt;
  return (*reply)[1];
}

absl::Status CheckEviction(const std::optional<std::string>& policy) {
  if (!policy.has_value()) {
    Log(LogLevel::kWarn, "redis_settings_unknown",
        {{"advice",
          "CONFIG GET is refused: make sure that maxmemory-policy is noeviction and that Redis "
          "persists"}});
    return absl::OkStatus();
  }
  if (*policy == "noeviction") return absl::OkStatus();
  Log(LogLevel::kError, "redis_evicts",
      {{"maxmemory_policy", *policy},
       {"advice", "set maxmemory-policy noeviction: grants would be lost in silence"}});
  return absl::UnavailableError(
      "redis: the server's maxmemory-policy evicts keys; set it to noeviction");
}

void WarnUnlessDurable(const std::optional<std::string>& append_only,
                       const std::optional<std::string>& save) {
  if (!append_only.has_value() || !save.has_value()) return;
  if (*append_only == "yes" || !save->empty()) return;
  Log(LogLevel::kWarn, "redis_not_durable",
      {{"advice", "neither AOF nor RDB is on: a restart of Redis loses all grants"}});
}

}  // namespace

Task<absl::StatusOr<RedisSession>> RedisHandshake(RedisAsk ask,
                                                  std::shared_ptr<const RedisOptions> options) {
  std::vector<std::string> command = Hello(*options);
  const Reply hello = co_await Call(ask, command);
  if (!hello.ok()) co_return hello.status();
  // It would answer reads, with what may be long outdated.
  if (IsReplica(*hello)) co_return NotMaster();
  if (options->database != 0) {
    command = {"SELECT", absl::StrCat(options->database)};
    const Reply selected = co_await Call(ask, command);
    if (!selected.ok())
      co_return absl::UnavailableError("redis: the configured database cannot be selected");
  }
  RedisSession session;
  if (options->near_cache) {
    // Our own changes are known here anyway, and each of our scripts ends with a read that keeps its key tracked.
    command = {"CLIENT", "TRACKING", "ON", "NOLOOP"};
    const Reply tracking = co_await Call(ask, command);
    session.tracking = tracking.ok();
    if (!tracking.ok())
      Log(LogLevel::kWarn, "redis_tracking_refused", {{"reason", tracking.status()}});
  }
  command = {"CONFIG", "GET", "maxmemory-policy"};
  const Reply policy = co_await Call(ask, command);
  const absl::Status keeps = CheckEviction(SettingOf(policy));
  if (!keeps.ok()) co_return keeps;
  command = {"CONFIG", "GET", "appendonly"};
  const Reply append_only = co_await Call(ask, command);
  command = {"CONFIG", "GET", "save"};
  const Reply save = co_await Call(ask, command);
  WarnUnlessDurable(SettingOf(append_only), SettingOf(save));
  co_return session;
}

}  // namespace evertoken
