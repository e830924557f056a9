#include "server/store/redis/redis_sentinels.h"

#include <boost/asio/ip/tcp.hpp>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/store/redis/redis_link.h"
#include "server/store/redis/redis_reply.h"

namespace evertoken {
namespace {

constexpr char kUnknownMaster[] =
    "redis: the Sentinels do not know a master of the configured name";

absl::StatusOr<RedisEndpoint> ParseEndpoint(const absl::StatusOr<RedisReply>& reply) {
  if (!reply.ok()) return reply.status();
  uint32_t port = 0;
  if (reply->size() != 2 || !(*reply)[0].has_value() || (*reply)[0]->empty() ||
      !(*reply)[1].has_value() || !absl::SimpleAtoi(*(*reply)[1], &port) || port == 0 ||
      port > 65535) {
    return absl::UnavailableError(kUnknownMaster);
  }
  return RedisEndpoint{*(*reply)[0], static_cast<uint16_t>(port)};
}

}  // namespace

class RedisSentinels::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(EventLoop* loop, std::shared_ptr<const RedisOptions> options, Callback done)
      : loop_(loop),
        options_(std::move(options)),
        done_(std::move(done)),
        resolver_(loop->io_context()) {}

  void Ask() {
    waiting_for_ = options_->sentinels.size();
    for (const RedisEndpoint& sentinel : options_->sentinels) {
      resolver_.async_resolve(sentinel.host, absl::StrCat(sentinel.port),
                              [weak = weak_from_this(), port = sentinel.port](
                                  const boost::system::error_code&,
                                  const boost::asio::ip::tcp::resolver::results_type& results) {
                                if (const std::shared_ptr<Impl> self = weak.lock())
                                  self->OnResolved(results, port);
                              });
    }
  }

 private:
  struct Asked {
    std::unique_ptr<RedisLink> link;
    bool answered = false;
  };

  void OnResolved(const boost::asio::ip::tcp::resolver::results_type& results, uint16_t port) {
    // A name may stand for several addresses: all of them are asked.
    for (const auto& result : results) AskAt(result.endpoint().address().to_string(), port);
    Finish(absl::UnavailableError("redis: no Sentinel's name can be resolved"));
  }

  void AskAt(const std::string& address, uint16_t port) {
    ++waiting_for_;
    const size_t number = asked_.size();
    RedisLink::Events events;
    events.connected = [this, number] { SendQuestion(number); };
    events.closed = [this, number](const absl::Status&) {
      OnAnswer(number, absl::UnavailableError("redis: no Sentinel can be reached"));
    };
    events.pushed = [](const RedisReply&) {};
    absl::StatusOr<std::unique_ptr<RedisLink>> link =
        RedisLink::Open(loop_->io_context(), address, port, options_->tls.get(), std::move(events));
    if (link.ok()) {
      asked_.push_back({*std::move(link)});
    } else {
      Finish(link.status());
    }
  }

  // Runs inside the link. When that is lost, its end comes last and is the answer.
  void SendQuestion(size_t number) {
    asked_[number].link->Send({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", options_->sentinel_master},
                              [weak = weak_from_this(), number](absl::StatusOr<RedisReply> reply) {
                                const std::shared_ptr<Impl> self = weak.lock();
                                if (self == nullptr || IsConnectionLost(reply.status())) return;
                                self->OnAnswer(number, ParseEndpoint(reply));
                              });
  }

  void OnAnswer(size_t number, absl::StatusOr<RedisEndpoint> answer) {
    if (!std::exchange(asked_[number].answered, true)) Finish(std::move(answer));
  }

  // The links must not go while one of them runs this.
  void Finish(absl::StatusOr<RedisEndpoint> answer) {
    --waiting_for_;
    // Who knows no master may know more of the matter than who cannot be reached.
    if (!answer.ok() && failure_.message() != kUnknownMaster) failure_ = answer.status();
    if (done_ == nullptr || (!answer.ok() && waiting_for_ > 0)) return;
    if (!answer.ok()) answer = failure_;
    loop_->Post([weak = weak_from_this(), done = std::exchange(done_, nullptr),
                 answer = std::move(answer)]() mutable {
      if (weak.lock() != nullptr) done(std::move(answer));
    });
  }

  EventLoop* const loop_;
  const std::shared_ptr<const RedisOptions> options_;
  Callback done_;  // null: has been called
  boost::asio::ip::tcp::resolver resolver_;
  std::vector<Asked> asked_;
  size_t waiting_for_ = 0;  // names and addresses
  absl::Status failure_;
};

RedisSentinels::RedisSentinels(EventLoop* loop, std::shared_ptr<const RedisOptions> options,
                               Callback done)
    : impl_(std::make_shared<Impl>(loop, std::move(options), std::move(done))) {
  impl_->Ask();
}

RedisSentinels::~RedisSentinels() = default;

}  // namespace evertoken
