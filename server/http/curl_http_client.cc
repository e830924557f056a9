#include "server/http/curl_http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/one_shot.h"
#include "server/base/secret.h"
#include "server/http/lazy_timer.h"
#include "server/http/reply_assembler.h"

namespace evertoken {
namespace {

namespace asio = boost::asio;

using ReplySetter = OneShot<absl::StatusOr<HttpReply>>::Setter;

constexpr absl::Duration kLongestTimeout = absl::Minutes(10);
constexpr size_t kIdleHandles = 64;
// Receive buffer of a transfer: with 10,000 of them waiting for slow providers this is most of their memory.
constexpr long kBufferBytes = 1024;
// A backstop only. Were it near the number in use, curl would close a connection for every one that comes back.
constexpr long kMostConnections = 100000;

// One request on its way.
struct Transfer {
  Transfer(HttpRequest request_in, ReplySetter setter_in, size_t max_body)
      : request(std::move(request_in)), setter(std::move(setter_in)), assembler(max_body) {
    const size_t begin = request.url.find("://") + 3;
    const size_t end = std::min(request.url.find_first_of("/?", begin), request.url.size());
    host = request.url.substr(begin, end - begin);
    repeatable = (request.method == "GET" || request.method == "HEAD") && request.body.empty() &&
                 !request.once;
  }

  ~Transfer() {
    WipeString(&request.url);
    WipeString(&request.body);
    for (auto& [name, value] : request.headers) WipeString(&value);
    for (curl_slist* line = headers; line != nullptr; line = line->next) {
      std::fill_n(static_cast<volatile char*>(line->data),
                  std::char_traits<char>::length(line->data), '\0');
    }
    curl_slist_free_all(headers);
  }

  HttpRequest request;
  ReplySetter setter;
  ReplyAssembler assembler;
  std::string host;  // and port, for messages
  // Whether sending it twice is the same as sending it once (RFC 9110 section 9.2.2).
  bool repeatable = false;
  // Whether it was begun to be sent, so that the server may have seen it.
  bool presented = false;
  curl_slist* headers = nullptr;  // what curl reads while it sends
};

// curl calls this before every attempt to send, on a new or a reused connection.
//
// When a reused connection breaks before the first byte of the reply, curl sends the request again on a new one, POST or not.
// For a rotating refresh token that would be a second presentation, which providers answer by revoking the whole login. So
// the second attempt is refused here for everything that is not repeatable, and connections can still be reused.
int OnPresent(void* data, char*, char*, int, int) {
  Transfer* const transfer = static_cast<Transfer*>(data);
  if (transfer->presented && !transfer->repeatable) return CURL_PREREQFUNC_ABORT;
  transfer->presented = true;
  return CURL_PREREQFUNC_OK;
}

size_t OnBody(char* bytes, size_t, size_t size, void* data) {
  Transfer* const transfer = static_cast<Transfer*>(data);
  return transfer->assembler.AddBody({bytes, size}) ? size : CURL_WRITEFUNC_ERROR;
}

size_t OnHeaderLine(char* bytes, size_t, size_t size, void* data) {
  Transfer* const transfer = static_cast<Transfer*>(data);
  return transfer->assembler.AddHeadLine({bytes, size}) ? size : 0;
}

bool AppendHeader(const std::string& line, curl_slist** list) {
  curl_slist* const longer = curl_slist_append(*list, line.c_str());
  if (longer == nullptr) return false;
  *list = longer;
  return true;
}

bool SetHeaders(CURL* easy, Transfer* transfer) {
  bool has_content_type = false;
  bool ok = AppendHeader("Expect:", &transfer->headers);  // never wait for 100 Continue
  for (const auto& [name, value] : transfer->request.headers) {
    has_content_type |= absl::EqualsIgnoreCase(name, "content-type");
    // curl writes a header without value only when it ends in a semicolon.
    std::string line = value.empty() ? absl::StrCat(name, ";") : absl::StrCat(name, ": ", value);
    ok &= AppendHeader(line, &transfer->headers);
    WipeString(&line);
  }
  // curl would call every body a form.
  if (!has_content_type) ok &= AppendHeader("Content-Type:", &transfer->headers);
  return ok && curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK;
}

bool SetMethodAndBody(CURL* easy, const HttpRequest& request) {
  bool ok = curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str()) == CURLE_OK;
  if (request.method == "HEAD") return ok && curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
  if (!request.body.empty() || request.method == "POST") {
    // Not copied: the transfer keeps it, and wipes it.
    ok &= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                           static_cast<curl_off_t>(request.body.size())) == CURLE_OK;
    ok &= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str()) == CURLE_OK;
  }
  return ok && curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str()) == CURLE_OK;
}

bool SetCallbacks(CURL* easy, Transfer* transfer) {
  return curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, OnPresent) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeaderLine) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK;
}

// Authorities: the system's folder, of which only the certificates that are needed are read. The system's bundle in one file
// would be parsed whole for every new connection.
bool SetTrust(CURL* easy, const CurlOptions& options) {
  bool ok = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
            curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
            curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
  const char* const extra = options.extra_ca_file.empty() ? nullptr : options.extra_ca_file.c_str();
  if (curl_version_info(CURLVERSION_NOW)->capath == nullptr && extra == nullptr) return ok;
  return ok && curl_easy_setopt(easy, CURLOPT_CAINFO, extra) == CURLE_OK;
}

// HTTP/1.1 for what must not be sent twice: an HTTP/2 server that retires a connection refuses the requests on their way to
// it, as a matter of course, and curl does not tell such a harmless repetition from the harmful one.
bool SetProtocol(CURL* easy, const Transfer& transfer, const CurlOptions& options) {
  const bool tls = absl::StartsWithIgnoreCase(transfer.request.url, "https:");
  const long version = tls && transfer.repeatable ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
  return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http") == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version) == CURLE_OK &&
         (transfer.repeatable ||
          curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, options.young_seconds) == CURLE_OK) &&
         curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
}

bool SetLimits(CURL* easy, const Transfer& transfer, const CurlOptions& options) {
  const absl::Duration timeout =
      std::clamp(transfer.request.timeout, absl::Milliseconds(1), kLongestTimeout);
  return curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                          static_cast<long>(absl::ToInt64Milliseconds(timeout))) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBufferBytes) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
         // A request that times out while its name is looked up must not hold up the loop until the resolver gives up.
         curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
         (options.user_agent.empty() ||
          curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str()) == CURLE_OK);
}

absl::Status ErrorOf(const Transfer& transfer, CURLcode code) {
  if (transfer.assembler.too_large()) {
    return absl::ResourceExhaustedError(
        absl::StrCat(transfer.host, ": the reply is larger than the cap"));
  }
  const absl::string_view what = curl_easy_strerror(code);
  if (!transfer.presented) return absl::UnavailableError(absl::StrCat(transfer.host, ": ", what));
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return absl::DeadlineExceededError(absl::StrCat(
        transfer.host, ": no whole reply within ", absl::FormatDuration(transfer.request.timeout)));
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    return absl::AbortedError(absl::StrCat(
        transfer.host, ": the connection broke, and the request must not be sent twice"));
  }
  return absl::AbortedError(absl::StrCat(transfer.host, ": ", what));
}

}  // namespace

// Belongs to the loop's thread. curl asks it to watch sockets and to keep a timer, and is told what happened to them.
class CurlHttpClient::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(EventLoop* loop, const EgressPolicy* egress, CurlOptions options)
      : context_(loop->io_context()),
        egress_(egress),
        options_(std::move(options)),
        timer_(loop, [this] { Act(CURL_SOCKET_TIMEOUT, 0); }) {
    static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = initialized == CURLE_OK ? curl_multi_init() : nullptr;
    if (multi_ == nullptr) return;
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Impl::OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Impl::OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMostConnections);
  }

  void Start(HttpRequest request, ReplySetter setter) {
    const absl::Status allowed = egress_->Check(request.url);
    if (!allowed.ok()) return setter.Set(allowed);
    if (!IsWellFormed(request))
      return setter.Set(absl::PermissionDeniedError("the method or a header is malformed"));
    auto transfer =
        std::make_unique<Transfer>(std::move(request), std::move(setter), options_.max_reply_bytes);
    CURL* const easy = TakeHandle();
    if (!Configure(easy, transfer.get()) || curl_multi_add_handle(multi_, easy) != CURLM_OK) {
      if (easy != nullptr) curl_easy_cleanup(easy);
      return transfer->setter.Set(
          absl::UnavailableError(absl::StrCat(transfer->host, ": the request could not begin")));
    }
    ++in_flight_to_host_[transfer->host];
    transfers_.emplace(easy, std::move(transfer));
  }

  // Ends everything in flight with an error and lets go of the loop.
  void Shutdown() {
    while (!transfers_.empty()) Finish(transfers_.begin()->first, CURLE_ABORTED_BY_CALLBACK);
    for (CURL* easy : idle_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
    for (auto& [socket, watch] : watches_) Release(watch.get());
    timer_.Cancel();
  }

 private:
  // A socket that curl owns and the loop watches.
  struct Watch {
    explicit Watch(asio::io_context& context) : descriptor(context) {}
    asio::posix::stream_descriptor descriptor;
    int wanted = 0;   // CURL_POLL_IN | CURL_POLL_OUT
    int awaited = 0;  // what a handler waits for
    bool released = false;
  };

  static_assert(CURL_POLL_IN == CURL_CSELECT_IN && CURL_POLL_OUT == CURL_CSELECT_OUT);

  CURL* TakeHandle() {
    if (idle_.empty()) return curl_easy_init();
    CURL* const easy = idle_.back();
    idle_.pop_back();
    return easy;
  }

  bool Configure(CURL* easy, Transfer* transfer) {
    // Beyond the connections to keep per host, the ones opened for a burst are closed after use.
    const auto busy = in_flight_to_host_.find(transfer->host);
    const long forbid_reuse =
        busy != in_flight_to_host_.end() && busy->second >= options_.connections_per_host;
    return easy != nullptr && multi_ != nullptr && SetHeaders(easy, transfer) &&
           SetMethodAndBody(easy, transfer->request) && SetCallbacks(easy, transfer) &&
           SetTrust(easy, options_) && SetProtocol(easy, *transfer, options_) &&
           SetLimits(easy, *transfer, options_) &&
           curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, forbid_reuse) == CURLE_OK;
  }

  void Finish(CURL* easy, CURLcode code) {
    const auto found = transfers_.find(easy);
    const std::unique_ptr<Transfer> transfer = std::move(found->second);
    transfers_.erase(found);
    const auto host = in_flight_to_host_.find(transfer->host);
    if (--host->second == 0) in_flight_to_host_.erase(host);

    long status = 0;
    curl_off_t microseconds = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &microseconds);
    curl_multi_remove_handle(multi_, easy);
    Recycle(easy);
    if (code != CURLE_OK) {
      WipeString(&transfer->assembler.reply()->body);
      return transfer->setter.Set(ErrorOf(*transfer, code));
    }
    HttpReply* const reply = transfer->assembler.reply();
    reply->status = static_cast<int>(status);
    reply->round_trip = absl::Microseconds(microseconds);
    transfer->setter.Set(std::move(*reply));
  }

  void Recycle(CURL* easy) {
    if (idle_.size() >= kIdleHandles) return curl_easy_cleanup(easy);
    curl_easy_reset(easy);
    idle_.push_back(easy);
  }

  static int OnSocket(CURL*, curl_socket_t socket, int what, void* data, void*) {
    Impl* const impl = static_cast<Impl*>(data);
    std::shared_ptr<Watch>& watch = impl->watches_[socket];
    if (what == CURL_POLL_REMOVE) {
      if (watch != nullptr) Release(watch.get());
      impl->watches_.erase(socket);
      return 0;
    }
    if (watch == nullptr) {
      watch = std::make_shared<Watch>(impl->context_);
      boost::system::error_code error;
      watch->descriptor.assign(socket, error);
      if (error) return -1;
    }
    watch->wanted = what;
    impl->Arm(watch);
    return 0;
  }

  // Gives the socket back to curl, which closes it. Handlers that are still to run find `released`.
  static void Release(Watch* watch) {
    watch->released = true;
    if (watch->descriptor.is_open()) watch->descriptor.release();
  }

  void Arm(const std::shared_ptr<Watch>& watch) {
    using Descriptor = asio::posix::stream_descriptor;
    for (const auto& [event, wait] : {std::pair(CURL_POLL_IN, Descriptor::wait_read),
                                      std::pair(CURL_POLL_OUT, Descriptor::wait_write)}) {
      if ((watch->wanted & event) == 0 || (watch->awaited & event) != 0) continue;
      watch->awaited |= event;
      watch->descriptor.async_wait(
          wait, [weak = weak_from_this(), watch, event = event](const auto& error) {
            const std::shared_ptr<Impl> impl = weak.lock();
            if (impl != nullptr) impl->OnReady(watch, event, error);
          });
    }
  }

  void OnReady(const std::shared_ptr<Watch>& watch, int event,
               const boost::system::error_code& error) {
    watch->awaited &= ~event;
    if (watch->released || (watch->wanted & event) == 0) return;
    Act(watch->descriptor.native_handle(), error ? CURL_CSELECT_ERR : event);
    if (!watch->released) Arm(watch);
  }

  static int OnTimer(CURLM*, long milliseconds, void* data) {
    Impl* const impl = static_cast<Impl*>(data);
    if (milliseconds < 0) {
      impl->timer_.Cancel();
    } else {
      impl->timer_.Set(absl::Milliseconds(milliseconds));
    }
    return 0;
  }

  void Act(curl_socket_t socket, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) Finish(message->easy_handle, message->data.result);
    }
  }

  asio::io_context& context_;
  const EgressPolicy* const egress_;
  const CurlOptions options_;
  LazyTimer timer_;
  CURLM* multi_ = nullptr;
  absl::flat_hash_map<CURL*, std::unique_ptr<Transfer>> transfers_;
  absl::flat_hash_map<std::string, int> in_flight_to_host_;
  absl::flat_hash_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::vector<CURL*> idle_;  // emptied handles, to be used again
};

CurlHttpClient::CurlHttpClient(EventLoop* loop, const EgressPolicy* egress, CurlOptions options)
    : impl_(std::make_shared<Impl>(loop, egress, std::move(options))) {}

CurlHttpClient::~CurlHttpClient() { impl_->Shutdown(); }

Task<absl::StatusOr<HttpReply>> CurlHttpClient::Send(HttpRequest request) {
  OneShot<absl::StatusOr<HttpReply>> answer;
  impl_->Start(std::move(request), answer.setter());
  absl::StatusOr<HttpReply> reply = co_await std::move(answer).Wait();
  co_return reply;
}

}  // namespace evertoken
