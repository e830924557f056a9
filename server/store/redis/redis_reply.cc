#include "server/store/redis/redis_reply.h"

#include <hiredis/hiredis.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace evertoken {
namespace {

constexpr absl::string_view kConnectionLost = "redis: the connection was lost";
constexpr absl::string_view kNotMaster = "redis: the server is a read-only replica";

struct ErrorKind {
  absl::string_view code;
  absl::string_view message;
};

// Codes are looked for anywhere in the text: an error inside a script is wrapped in another one by older servers.
constexpr ErrorKind kErrorKinds[] = {
    {"READONLY", kNotMaster},
    {"WRONGPASS", "redis: user name or password is wrong"},
    {"NOAUTH", "redis: the server wants a password"},
    {"NOPERM", "redis: the user may not run a command that is needed"},
    {"LOADING", "redis: the server is loading its data"},
    {"MASTERDOWN", "redis: the server lost its master"},
    {"MISCONF", "redis: the server cannot write to its disk"},
    {"NOREPLICAS", "redis: the server has too few replicas"},
    {"OOM", "redis: the server is out of memory"},
    {"CLUSTERDOWN", "redis: the cluster is down"},
    {"MOVED", "redis: the server is part of a cluster, which is not supported"},
    {"BUSY", "redis: the server is busy with a script"},
    {"NOPROTO", "redis: the server is older than 6.2"},
};

absl::Status ConvertError(absl::string_view text) {
  if (absl::StartsWith(text, "NOSCRIPT"))
    return absl::FailedPreconditionError("redis: unknown script");
  for (const ErrorKind& kind : kErrorKinds) {
    if (absl::StrContains(text, kind.code)) return absl::UnavailableError(kind.message);
  }
  return absl::UnavailableError("redis: the server refused a command");
}

std::optional<std::string> ConvertElement(const redisReply& element) {
  switch (element.type) {
    case REDIS_REPLY_INTEGER:
      return absl::StrCat(element.integer);
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_VERB:
    case REDIS_REPLY_DOUBLE:
    case REDIS_REPLY_BIGNUM:
      return std::string(element.str, element.len);
    default:
      return std::nullopt;
  }
}

}  // namespace

absl::StatusOr<RedisReply> ConvertReply(const redisReply* reply) {
  if (reply == nullptr) return ConnectionLost();
  if (reply->type == REDIS_REPLY_ERROR)
    return ConvertError(absl::string_view(reply->str, reply->len));
  RedisReply converted;
  switch (reply->type) {
    case REDIS_REPLY_ARRAY:
    case REDIS_REPLY_MAP:
    case REDIS_REPLY_SET:
      for (size_t i = 0; i < reply->elements; ++i)
        converted.push_back(ConvertElement(*reply->element[i]));
      break;
    default:
      converted.push_back(ConvertElement(*reply));
  }
  return converted;
}

RedisReply ConvertPush(const redisReply& message) {
  RedisReply converted;
  if (message.elements == 0) return converted;
  converted.push_back(ConvertElement(*message.element[0]));
  if (message.elements == 1) return converted;
  const redisReply& argument = *message.element[1];
  if (argument.type != REDIS_REPLY_ARRAY) converted.push_back(ConvertElement(argument));
  for (size_t i = 0; i < argument.elements; ++i)
    converted.push_back(ConvertElement(*argument.element[i]));
  return converted;
}

absl::Status ConnectionLost() { return absl::UnavailableError(kConnectionLost); }

bool IsConnectionLost(const absl::Status& status) { return status.message() == kConnectionLost; }

absl::Status NotMaster() { return absl::UnavailableError(kNotMaster); }

bool IsNotMaster(const absl::Status& status) { return status.message() == kNotMaster; }

}  // namespace evertoken
