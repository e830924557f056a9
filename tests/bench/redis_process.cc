#include "tests/bench/redis_process.h"

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace evertoken::bench {
namespace {

constexpr int kAttempts = 3;  // another program may take the port between our look and Redis' bind
constexpr absl::Duration kStartTimeout = absl::Seconds(20);

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(fd, reinterpret_cast<const sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

bool IsInstalled(const std::string& program) {
  const char* const path = std::getenv("PATH");
  for (const absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    if (access(absl::StrCat(folder, "/", program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

absl::Status WaitUntilReady(demo::ChildProcess* redis) {
  for (;;) {
    const absl::StatusOr<std::string> line = redis->ReadLine(kStartTimeout);
    if (!line.ok()) return line.status();
    if (line->find("Ready to accept connections") != std::string::npos) return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<RedisProcess>> RedisProcess::Start(const std::string& directory) {
  if (!IsInstalled("redis-server")) return absl::NotFoundError("redis-server is not installed");
  absl::Status status;
  for (int i = 0; i < kAttempts; ++i) {
    const int port = FreePort();
    absl::StatusOr<std::unique_ptr<demo::ChildProcess>> process = demo::ChildProcess::Start(
        {"redis-server", "--port", absl::StrCat(port), "--bind", "127.0.0.1", "--save", "",
         "--appendonly", "no", "--maxmemory-policy", "noeviction", "--dir", directory},
        absl::StrCat(directory, "/redis.log"));
    if (!process.ok()) return process.status();
    status = WaitUntilReady(process->get());
    if (status.ok())
      return std::unique_ptr<RedisProcess>(new RedisProcess(port, *std::move(process)));
  }
  return status;
}

RedisProcess::RedisProcess(int port, std::unique_ptr<demo::ChildProcess> process)
    : port_(port), process_(std::move(process)) {}

std::string RedisProcess::address() const { return absl::StrCat("127.0.0.1:", port_); }

int64_t RedisProcess::UsedBytes() const { return Info("memory", "used_memory:"); }

int64_t RedisProcess::ScriptCalls() const {
  return Info("commandstats", "cmdstat_evalsha:calls=") +
         Info("commandstats", "cmdstat_eval:calls=");
}

int64_t RedisProcess::Info(const std::string& section, const std::string& name) const {
  redisContext* const connection = redisConnect("127.0.0.1", port_);
  if (connection == nullptr) return 0;
  int64_t number = 0;
  auto* const reply =
      static_cast<redisReply*>(redisCommand(connection, "INFO %s", section.c_str()));
  if (reply != nullptr && reply->str != nullptr) {
    for (absl::string_view line : absl::StrSplit(reply->str, '\n')) {
      if (!absl::ConsumePrefix(&line, name)) continue;
      const size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
      (void)absl::SimpleAtoi(line.substr(0, digits), &number);
    }
  }
  freeReplyObject(reply);
  redisFree(connection);
  return number;
}

int64_t RedisProcess::BytesOfKeys(const std::string& pattern) const {
  redisContext* const connection = redisConnect("127.0.0.1", port_);
  if (connection == nullptr) return 0;
  int64_t bytes = 0;
  auto* const keys = static_cast<redisReply*>(redisCommand(connection, "KEYS %s", pattern.c_str()));
  for (size_t i = 0; keys != nullptr && i < keys->elements; ++i) {
    auto* const usage = static_cast<redisReply*>(
        redisCommand(connection, "MEMORY USAGE %s SAMPLES 0", keys->element[i]->str));
    if (usage != nullptr && usage->type == REDIS_REPLY_INTEGER) bytes += usage->integer;
    freeReplyObject(usage);
  }
  freeReplyObject(keys);
  redisFree(connection);
  return bytes;
}

}  // namespace evertoken::bench
