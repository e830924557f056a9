#include "tests/web/web_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace evertoken {

std::string WebReply::Header(absl::string_view name) const {
  const std::vector<std::string> all = All(name);
  return all.empty() ? "" : all.front();
}

std::vector<std::string> WebReply::All(absl::string_view name) const {
  std::vector<std::string> all;
  for (const auto& [key, value] : headers) {
    if (key == name) all.push_back(value);
  }
  return all;
}

WebClient::WebClient(int port, bool tls) {
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    Close();
    return;
  }
  if (!tls) return;
  auto* context = SSL_CTX_new(TLS_client_method());
  auto* stream = SSL_new(context);
  tls_context_ = context;
  tls_ = stream;
  SSL_set_fd(stream, socket_);
  if (SSL_connect(stream) != 1) Close();
}

WebClient::~WebClient() { Close(); }

void WebClient::Close() {
  if (tls_ != nullptr) SSL_free(static_cast<SSL*>(tls_));
  if (tls_context_ != nullptr) SSL_CTX_free(static_cast<SSL_CTX*>(tls_context_));
  tls_ = nullptr;
  tls_context_ = nullptr;
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool WebClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent =
        tls_ != nullptr
            ? SSL_write(static_cast<SSL*>(tls_), bytes.data(), static_cast<int>(bytes.size()))
            : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool WebClient::Fill() {
  char bytes[4096];
  const ssize_t got = tls_ != nullptr ? SSL_read(static_cast<SSL*>(tls_), bytes, sizeof(bytes))
                                      : ::recv(socket_, bytes, sizeof(bytes), 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(got));
  return true;
}

std::optional<WebReply> WebClient::Receive(bool head) {
  size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return std::nullopt;
  }
  WebReply reply;
  size_t length = 0;
  const std::vector<std::string> lines = absl::StrSplit(buffer_.substr(0, end), "\r\n");
  const std::vector<std::string> status_line = absl::StrSplit(lines[0], ' ');
  if (status_line.size() < 2 || !absl::SimpleAtoi(status_line[1], &reply.status))
    return std::nullopt;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> header =
        absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    reply.headers.emplace_back(absl::AsciiStrToLower(header.first), header.second);
  }
  if (!head && !absl::SimpleAtoi(reply.Header("content-length"), &length)) length = 0;
  while (buffer_.size() < end + 4 + length) {
    if (!Fill()) return std::nullopt;
  }
  reply.body = buffer_.substr(end + 4, length);
  buffer_.erase(0, end + 4 + length);
  return reply;
}

std::string WebClient::ReadToEnd() {
  while (Fill()) {
  }
  return std::move(buffer_);
}

std::string Request(absl::string_view target, absl::string_view headers, absl::string_view method) {
  return absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: localhost\r\n", headers, "\r\n");
}

std::string FormPost(absl::string_view target, absl::string_view body, absl::string_view headers) {
  const std::string all = absl::StrCat(
      "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ", body.size(), "\r\n",
      headers);
  return absl::StrCat(Request(target, all, "POST"), body);
}

WebReply Ask(int port, const std::string& request) {
  WebClient client(port);
  EXPECT_TRUE(client.Send(request));
  std::optional<WebReply> reply = client.Receive(absl::StartsWith(request, "HEAD "));
  EXPECT_TRUE(reply.has_value()) << "no reply to " << request.substr(0, 100);
  return reply.value_or(WebReply());
}

}  // namespace evertoken
