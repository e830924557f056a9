#include "server/store/redis/redis_handshake.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

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

// The answers to all commands of the handshake.
struct Replies {
  Reply hello = RedisReply();
  Reply select = RedisReply();
  Reply tracking = RedisReply();
  Reply policy = RedisReply();
  Reply append_only = RedisReply();
  Reply save = RedisReply();
};

absl::StatusOr<RedisSession> Judge(const Replies& replies, const RedisOptions& options) {
  if (!replies.hello.ok()) return replies.hello.status();
  // The rest would be taken for refusals.
  if (IsConnectionLost(replies.save.status())) return replies.save.status();
  // It would answer reads, with what may be long outdated.
  if (IsReplica(*replies.hello)) return NotMaster();
  if (!replies.select.ok()) {
    return absl::UnavailableError("redis: the configured database cannot be selected");
  }
  const absl::Status keeps = CheckEviction(SettingOf(replies.policy));
  if (!keeps.ok()) return keeps;
  WarnUnlessDurable(SettingOf(replies.append_only), SettingOf(replies.save));
  if (!replies.tracking.ok()) {
    Log(LogLevel::kWarn, "redis_tracking_refused", {{"reason", replies.tracking.status()}});
  }
  RedisSession session;
  session.following = replies.tracking.ok();
  session.tracking = options.near_cache && session.following;
  return session;
}

}  // namespace

void RedisHandshake(RedisLink* link, std::shared_ptr<const RedisOptions> options,
                    absl::AnyInvocable<void(absl::StatusOr<RedisSession>)> done) {
  auto replies = std::make_shared<Replies>();
  const auto ask = [&](const std::vector<std::string>& command, Reply Replies::*reply) {
    link->Send(command, [replies, reply](Reply answer) { (*replies).*reply = std::move(answer); });
  };
  ask(Hello(*options), &Replies::hello);
  if (options->database != 0) ask({"SELECT", absl::StrCat(options->database)}, &Replies::select);
  // Our own changes are known here anyway, and each of our scripts ends with a read that keeps its
  // key tracked.
  std::vector<std::string> track = {"CLIENT", "TRACKING", "ON", "NOLOOP"};
  if (!options->near_cache) track.push_back("OPTIN");
  ask(track, &Replies::tracking);
  ask({"CONFIG", "GET", "maxmemory-policy"}, &Replies::policy);
  ask({"CONFIG", "GET", "appendonly"}, &Replies::append_only);
  // Answers come in order: when the last one is here, all are.
  link->Send({"CONFIG", "GET", "save"},
             [replies, options, done = std::move(done)](Reply answer) mutable {
               replies->save = std::move(answer);
               done(Judge(*replies, *options));
             });
}

}  // namespace evertoken
