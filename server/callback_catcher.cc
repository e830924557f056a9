#include "server/callback_catcher.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/clock.h"

namespace evertoken {
namespace {

constexpr size_t kLongestRequest = 64 << 10;
constexpr absl::Duration kRequestPatience = absl::Seconds(10);
constexpr char kPath[] = "/callback";

bool IsReadable(int socket, absl::Duration patience) {
  pollfd waiting = {socket, POLLIN, 0};
  return poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(patience))) > 0;
}

// Head and body of a request; cut off where it is too long or too slow.
std::string ReadRequest(int connection) {
  std::string text;
  char buffer[4096];
  while (text.size() < kLongestRequest && IsReadable(connection, kRequestPatience)) {
    const ssize_t size = read(connection, buffer, sizeof(buffer));
    if (size <= 0) break;
    text.append(buffer, static_cast<size_t>(size));
    const size_t head = text.find("\r\n\r\n");
    if (head == std::string::npos) continue;
    // A browser sends a form in one piece, or is waited for until it says nothing more.
    if (!absl::StartsWith(text, "POST") || text.size() > head + 4) break;
  }
  return text;
}

// The parameters, if this is the request that is waited for.
std::optional<std::string> ParametersOf(const std::string& request) {
  const std::vector<std::string> words = absl::StrSplit(request, absl::MaxSplits(' ', 2));
  if (words.size() < 3) return std::nullopt;
  const size_t question = words[1].find('?');
  if (words[1].substr(0, question) != kPath) return std::nullopt;
  if (words[0] == "POST") return request.substr(request.find("\r\n\r\n") + 4);
  return question == std::string::npos ? "" : words[1].substr(question + 1);
}

void Answer(int connection, bool expected) {
  const std::string body = expected ? "Back in the terminal.\n" : "Not found.\n";
  const std::string reply = absl::StrCat(
      "HTTP/1.1 ", expected ? "200 OK" : "404 Not Found",
      "\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: ", body.size(),
      "\r\n\r\n", body);
  for (size_t sent = 0; sent < reply.size();) {
    const ssize_t size = send(connection, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return;
    sent += static_cast<size_t>(size);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<CallbackCatcher>> CallbackCatcher::Listen(int port) {
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  sockaddr* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listening < 0 || bind(listening, generic, size) != 0 || listen(listening, 8) != 0 ||
      getsockname(listening, generic, &size) != 0) {
    const absl::Status why = absl::ErrnoToStatus(errno, absl::StrCat("127.0.0.1:", port));
    if (listening >= 0) close(listening);
    return absl::FailedPreconditionError(why.message());
  }
  return std::unique_ptr<CallbackCatcher>(new CallbackCatcher(listening, ntohs(address.sin_port)));
}

CallbackCatcher::~CallbackCatcher() { close(socket_); }

absl::StatusOr<std::string> CallbackCatcher::Await(absl::Duration patience) {
  const SystemClock clock;
  const absl::Duration end = clock.SinceBoot() + patience;
  while (clock.SinceBoot() < end && IsReadable(socket_, end - clock.SinceBoot())) {
    const int connection = accept(socket_, nullptr, nullptr);
    if (connection < 0) continue;
    const std::optional<std::string> parameters = ParametersOf(ReadRequest(connection));
    Answer(connection, parameters.has_value());
    close(connection);
    if (parameters.has_value()) return *parameters;
  }
  return absl::DeadlineExceededError("nobody came back from the provider");
}

}  // namespace evertoken
