#include "tests/fakes/redis_process.h"

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/fakes/test_certificate.h"

namespace evertoken {
namespace {

// Moves the deadlines inside our hashes (`l` and `at`, milliseconds), the times of our sorted sets, and each key's own deadline.
constexpr char kAdvance[] = R"lua(
local passed = tonumber(ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, string.format('%.0f', -passed), member)
    end
  end
  if kind == 'hash' then
    for _, field in ipairs({'l', 'at'}) do
      local time = redis.call('HGET', key, field)
      if time then redis.call('HSET', key, field, string.format('%.0f', time - passed)) end
    end
  end
  local left = redis.call('PTTL', key)
  if left >= 0 and left <= passed then
    redis.call('DEL', key)
  elseif left >= 0 then
    redis.call('PEXPIRE', key, string.format('%.0f', left - passed))
  end
end
)lua";

// A port that was free a moment ago.
uint16_t FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(listener);
  return bound ? ntohs(address.sin_port) : 0;
}

void Flatten(const redisReply& reply, std::vector<std::string>* out) {
  switch (reply.type) {
    case REDIS_REPLY_ARRAY:
      for (size_t i = 0; i < reply.elements; ++i) Flatten(*reply.element[i], out);
      break;
    case REDIS_REPLY_INTEGER:
      out->push_back(absl::StrCat(reply.integer));
      break;
    case REDIS_REPLY_NIL:
      out->push_back("");
      break;
    case REDIS_REPLY_ERROR:
      out->push_back(absl::StrCat("ERROR ", absl::string_view(reply.str, reply.len)));
      break;
    default:
      out->push_back(std::string(reply.str, reply.len));
  }
}

}  // namespace

RedisProcess::RedisProcess(Options options)
    // Not in the test's own folder: the path of a Unix socket must be short.
    : options_(std::move(options)), dir_("/tmp/evertoken-redis-XXXXXX") {
  if (mkdtemp(dir_.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  if (options_.tls) MakeCertificate();
  // Somebody else may take the port between our look and the start.
  std::string why;
  for (int i = 0; i < 20; ++i) {
    port_ = FreePort();
    if (Launch(&why)) return;
  }
  ADD_FAILURE() << "redis-server does not start; is it in PATH? " << why;
}

RedisProcess::~RedisProcess() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void RedisProcess::MakeCertificate() {
  const TestCertificate made = MakeTestCertificate({"localhost"});
  std::ofstream(certificate()) << made.certificate;
  std::ofstream(private_key()) << made.private_key;
}

// A Sentinel keeps what it knows in its configuration file.
std::vector<std::string> RedisProcess::SentinelArguments() const {
  const std::string file = dir_ + "/sentinel.conf";
  std::ofstream(file) << "port " << port_ << "\nbind 127.0.0.1\nunixsocket " << dir_
                      << "/admin.sock\ndir " << dir_ << "\nsentinel monitor shop 127.0.0.1 "
                      << options_.sentinel_of << " 1\n"
                      << "sentinel down-after-milliseconds shop 300\n"
                      << "sentinel failover-timeout shop 3000\n";
  return {"redis-server", file, "--sentinel"};
}

std::vector<std::string> RedisProcess::Arguments() const {
  if (options_.sentinel_of != 0) return SentinelArguments();
  std::vector<std::string> arguments = {"redis-server",
                                        "--bind",
                                        "127.0.0.1",
                                        "--dir",
                                        dir_,
                                        "--save",
                                        "",
                                        "--appendonly",
                                        "yes",
                                        "--appendfsync",
                                        "always",
                                        "--unixsocket",
                                        dir_ + "/admin.sock",
                                        "--daemonize",
                                        "no",
                                        "--logfile",
                                        ""};
  if (options_.tls) {
    for (const std::string& argument :
         {std::string("--port"), std::string("0"), std::string("--tls-port"), absl::StrCat(port_),
          std::string("--tls-cert-file"), certificate(), std::string("--tls-key-file"),
          private_key(), std::string("--tls-ca-cert-file"), certificate(),
          std::string("--tls-auth-clients"),
          std::string(options_.client_certificate ? "yes" : "no")}) {
      arguments.push_back(argument);
    }
  } else {
    arguments.insert(arguments.end(), {"--port", absl::StrCat(port_)});
  }
  if (!options_.password.empty())
    arguments.insert(arguments.end(), {"--requirepass", options_.password});
  arguments.insert(arguments.end(), options_.settings.begin(), options_.settings.end());
  return arguments;
}

// Whether the server got as far as accepting connections.
bool RedisProcess::Launch(std::string* output) {
  const std::vector<std::string> arguments = Arguments();
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) return false;
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  output_ = ends[0];
  output->clear();
  char buffer[4096];
  for (;;) {
    const ssize_t size = read(output_, buffer, sizeof(buffer));
    if (size <= 0) break;
    output->append(buffer, size);
    // The last line of the start: every socket is open, the data is loaded.
    if (absl::StrContains(*output, options_.sentinel_of != 0 ? "+monitor master"
                                                             : "ready to accept connections at"))
      return true;
  }
  Kill();
  return false;
}

void RedisProcess::Kill() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (output_ >= 0) close(output_);
  pid_ = 0;
  output_ = -1;
}

void RedisProcess::Start() {
  std::string why;
  if (!Launch(&why))
    ADD_FAILURE() << "redis-server does not start again on port " << port_ << ": " << why;
}

void RedisProcess::Freeze() { kill(pid_, SIGSTOP); }
void RedisProcess::Thaw() { kill(pid_, SIGCONT); }

std::vector<std::string> RedisProcess::Command(const std::vector<std::string>& command) {
  const std::unique_ptr<redisContext, void (*)(redisContext*)> context(
      redisConnectUnix((dir_ + "/admin.sock").c_str()), redisFree);
  if (context == nullptr || context->err != 0) return {"ERROR not connected"};
  if (!options_.password.empty()) {
    freeReplyObject(redisCommand(context.get(), "AUTH %s", options_.password.c_str()));
  }
  std::vector<const char*> arguments;
  std::vector<size_t> lengths;
  for (const std::string& argument : command) {
    arguments.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  auto* const reply = static_cast<redisReply*>(redisCommandArgv(
      context.get(), static_cast<int>(command.size()), arguments.data(), lengths.data()));
  if (reply == nullptr) return {"ERROR connection lost"};
  std::vector<std::string> flat;
  Flatten(*reply, &flat);
  freeReplyObject(reply);
  return flat;
}

void RedisProcess::Advance(absl::Duration duration) {
  const std::vector<std::string> reply =
      Command({"EVAL", kAdvance, "0", absl::StrCat(absl::ToInt64Milliseconds(duration))});
  if (!reply.empty() && absl::StartsWith(reply[0], "ERROR")) ADD_FAILURE() << reply[0];
}

}  // namespace evertoken
