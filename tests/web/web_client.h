#ifndef EVERTOKEN_TESTS_WEB_WEB_CLIENT_H_
#define EVERTOKEN_TESTS_WEB_WEB_CLIENT_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace evertoken {

struct WebReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  // The first value; empty when there is none.
  std::string Header(absl::string_view name) const;
  std::vector<std::string> All(absl::string_view name) const;
};

// A client that says what it is told to say, byte for byte. Blocking; for 127.0.0.1.
class WebClient {
 public:
  explicit WebClient(int port) : WebClient(port, /*tls=*/false) {}
  WebClient(int port, bool tls);
  ~WebClient();
  WebClient(const WebClient&) = delete;
  WebClient& operator=(const WebClient&) = delete;

  // False when the server has closed.
  bool Send(absl::string_view bytes);

  // The next reply; nullopt when the connection ends before it is complete. `head`: the request was HEAD.
  std::optional<WebReply> Receive(bool head = false);

  // Reads until the connection ends, and gives what came.
  std::string ReadToEnd();

  void Close();

 private:
  bool Fill();

  int socket_ = -1;
  void* tls_context_ = nullptr;
  void* tls_ = nullptr;
  std::string buffer_;
};

// `GET target` (or another method) with more header lines, each ended by \r\n.
std::string Request(absl::string_view target, absl::string_view headers = "",
                    absl::string_view method = "GET");

// A POST of a form.
std::string FormPost(absl::string_view target, absl::string_view body,
                     absl::string_view headers = "");

// One request on a connection of its own. Fails the test when no reply comes.
WebReply Ask(int port, const std::string& request);

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_WEB_WEB_CLIENT_H_
