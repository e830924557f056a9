#ifndef EVERTOKEN_TESTS_FAKES_REDIS_PROCESS_H_
#define EVERTOKEN_TESTS_FAKES_REDIS_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace evertoken {

// A redis-server of a test's own: on a free port of loopback, in its own folder, ended with this object (or, if the test
// crashes, with the test). Fails the test when there is no redis-server in PATH.
class RedisProcess {
 public:
  struct Options {
    bool tls = false;  // with a certificate for `localhost`, which is its own authority
    bool client_certificate = false;  // asks for one; the server's own is accepted
    std::string password;             // of the default user
    // Not 0: a Sentinel instead, which knows the master at this port as `shop` and replaces it on its own judgement.
    uint16_t sentinel_of = 0;
    std::vector<std::string>
        settings;  // more of the command line, for example {"--maxmemory-policy", "allkeys-lru"}
  };

  RedisProcess() : RedisProcess(Options{}) {}
  explicit RedisProcess(Options options);
  ~RedisProcess();
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  uint16_t port() const { return port_; }
  std::string certificate() const { return dir_ + "/server.crt"; }
  std::string private_key() const { return dir_ + "/server.key"; }

  // kill -9. What was answered before is in the append-only file.
  void Kill();
  // Starts again on the same port with the data as it was.
  void Start();
  // Stops and continues answering, the connections stay.
  void Freeze();
  void Thaw();

  // Runs a command over a connection of its own and gives the answer flat: its elements, or one. Errors begin with "ERROR ".
  std::vector<std::string> Command(const std::vector<std::string>& command);

  // Lets time pass for every key: moves all deadlines that are stored, and the keys' own.
  void Advance(absl::Duration duration);

 private:
  std::vector<std::string> Arguments() const;
  std::vector<std::string> SentinelArguments() const;
  void MakeCertificate();
  bool Launch(std::string* output);

  const Options options_;
  std::string dir_;
  uint16_t port_ = 0;
  pid_t pid_ = 0;
  int output_ = -1;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_REDIS_PROCESS_H_
