#include "server/store/redis/redis_connection.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "server/base/log.h"
#include "server/base/one_shot.h"
#include "server/store/redis/redis_handshake.h"
#include "server/store/redis/redis_link.h"
#include "server/store/redis/redis_sentinels.h"

namespace evertoken {
namespace {

constexpr size_t kMaxWaiting = 10000;
constexpr size_t kMaxInFlight = 50000;
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kShortestPause = absl::Milliseconds(10);
constexpr absl::Duration kLongestPause = absl::Seconds(5);

// Time is counted in ticks of an eighth of the operation timeout: one timer serves all operations in flight.
constexpr uint64_t kTicksPerTimeout = 8;

// How long a connection that tells of changes may be silent before it is asked whether it still lives.
constexpr absl::Duration kHeartbeatPause = absl::Seconds(1);

}  // namespace

class RedisConnection::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(EventLoop* loop, std::shared_ptr<const RedisOptions> options, Events events)
      : loop_(loop),
        options_(std::move(options)),
        events_(std::move(events)),
        resolver_(loop->io_context()) {}

  void Connect();
  void Close();
  void Send(std::vector<std::string> command, Callback callback);
  bool tracking() const { return tracking_.load(std::memory_order_acquire); }
  bool following() const { return following_; }

 private:
  // kPausing is the first state too.
  enum class State { kPausing, kConnecting, kReady, kClosed };
  struct Waiting {
    std::vector<std::string> command;
    Callback callback;
    uint64_t tick;
  };

  // Wraps what happens later: it is dropped when the connection has moved on to another link by then.
  template <typename Function>
  auto OnThisLink(Function function) {
    return [weak = weak_from_this(), link = link_number_,
            function = std::move(function)](const auto&... arguments) {
      const std::shared_ptr<Impl> self = weak.lock();
      if (self != nullptr && self->link_number_ == link) function(self.get(), arguments...);
    };
  }
  Executor::Closure IfAlive(void (Impl::*method)());

  void Resolve(RedisEndpoint server);
  void OnConnectTimeout();
  void OpenNextLink(absl::Status last_error);
  void OnLinkClosed(const absl::Status& why);
  void OnLinkConnected();
  void OnReady(const RedisSession& session);
  void OnPush(const RedisReply& message);
  void GiveUp(const absl::Status& why);
  void FailWaiting(const absl::Status& why);
  void ForgetRemembered();
  absl::Duration NextPause();
  void SendOverLink(const std::vector<std::string>& command, Callback callback);
  void Tick();
  void KeepTicking();
  void ScheduleHeartbeat();
  void Heartbeat();

  EventLoop* const loop_;
  const std::shared_ptr<const RedisOptions> options_;
  const Events events_;
  boost::asio::ip::tcp::resolver resolver_;
  State state_ = State::kPausing;
  bool tried_ = false;         // whether the very first attempt to connect is over
  int failures_ = 0;           // attempts that failed in a row
  absl::Status last_failure_;  // told again with every refused operation
  bool was_ready_ = false;
  Executor::TimerId connect_timer_ = 0;
  std::unique_ptr<RedisSentinels> sentinels_;  // while they are asked
  RedisEndpoint server_;                       // of this attempt
  std::deque<std::string> addresses_;          // its addresses that were not tried yet
  std::unique_ptr<RedisLink> link_;
  uint64_t link_number_ = 0;
  std::deque<Waiting> waiting_;  // for the very first connection
  std::deque<uint64_t> sent_;    // ticks at which the unanswered commands were sent
  uint64_t tick_ = 0;
  bool ticking_ = false;
  bool answered_ = false;  // whether the server said anything since the last heartbeat was due
  std::atomic<bool> tracking_{false};
  bool following_ = false;  // at least while tracking
  absl::BitGen random_;
};

Executor::Closure RedisConnection::Impl::IfAlive(void (Impl::*method)()) {
  return [weak = weak_from_this(), method] {
    const std::shared_ptr<Impl> self = weak.lock();
    if (self != nullptr && self->state_ != State::kClosed) (self.get()->*method)();
  };
}

void RedisConnection::Impl::Connect() {
  state_ = State::kConnecting;
  connect_timer_ = loop_->RunAfter(options_->operation_timeout, IfAlive(&Impl::OnConnectTimeout));
  server_ = {options_->host, options_->port};
  if (options_->sentinels.empty()) {
    Resolve(server_);
    return;
  }
  const auto on_found = [](Impl* self, const absl::StatusOr<RedisEndpoint>& master) {
    self->sentinels_.reset();
    if (master.ok()) {
      self->Resolve(*master);
    } else {
      self->GiveUp(master.status());
    }
  };
  sentinels_ = std::make_unique<RedisSentinels>(loop_, options_, OnThisLink(on_found));
}

void RedisConnection::Impl::Resolve(RedisEndpoint server) {
  server_ = std::move(server);
  const auto on_resolved = [](Impl* self, const boost::system::error_code& error,
                              const auto& results) {
    for (const auto& result : results)
      self->addresses_.push_back(result.endpoint().address().to_string());
    self->OpenNextLink(absl::UnavailableError(error ? "redis: the host's name cannot be resolved"
                                                    : "redis: cannot connect"));
  };
  addresses_.clear();
  resolver_.async_resolve(server_.host, absl::StrCat(server_.port), OnThisLink(on_resolved));
}

void RedisConnection::Impl::OnConnectTimeout() {
  if (state_ == State::kConnecting)
    GiveUp(absl::UnavailableError("redis: connecting takes too long"));
}

void RedisConnection::Impl::OpenNextLink(absl::Status last_error) {
  while (!addresses_.empty()) {
    const std::string address = std::move(addresses_.front());
    addresses_.pop_front();
    ++link_number_;
    RedisLink::Events events;
    events.connected = OnThisLink([](Impl* self) { self->OnLinkConnected(); });
    events.pushed =
        OnThisLink([](Impl* self, const RedisReply& message) { self->OnPush(message); });
    events.closed =
        OnThisLink([](Impl* self, const absl::Status& why) { self->OnLinkClosed(why); });
    absl::StatusOr<std::unique_ptr<RedisLink>> link = RedisLink::Open(
        loop_->io_context(), address, server_.port, options_->tls.get(), std::move(events));
    if (link.ok()) {
      link_ = *std::move(link);
      return;
    }
    last_error = link.status();
  }
  GiveUp(last_error);
}

// Runs inside the link, which can be replaced only afterwards; but what was remembered is stale at once.
void RedisConnection::Impl::OnLinkClosed(const absl::Status& why) {
  ForgetRemembered();
  loop_->Post(OnThisLink([why](Impl* self) {
    if (self->state_ == State::kConnecting) {
      self->OpenNextLink(why);
    } else {
      self->GiveUp(why);
    }
  }));
}

void RedisConnection::Impl::OnLinkConnected() {
  const auto on_set_up = [](Impl* self, const absl::StatusOr<RedisSession>& session) {
    // A link that was lost meanwhile tells its own, better reason.
    if (self->state_ != State::kConnecting || self->link_->closed()) return;
    if (session.ok()) {
      self->OnReady(*session);
    } else {
      self->GiveUp(session.status());
    }
  };
  RedisHandshake(
      link_.get(), options_,
      [loop = loop_, on_set_up = OnThisLink(on_set_up)](absl::StatusOr<RedisSession> session) {
        // Not inside the link, which may have to go.
        loop->Post([on_set_up, session = std::move(session)] { on_set_up(session); });
      });
}

void RedisConnection::Impl::OnReady(const RedisSession& session) {
  loop_->CancelTimer(connect_timer_);
  state_ = State::kReady;
  tried_ = true;
  failures_ = 0;
  last_failure_ = absl::OkStatus();
  following_ = session.following;
  tracking_.store(session.tracking, std::memory_order_release);
  Log(LogLevel::kInfo, "redis_connected", {{"address", server_.host}, {"port", server_.port}});
  std::deque<Waiting> waiting = std::exchange(waiting_, {});
  for (Waiting& operation : waiting) SendOverLink(operation.command, std::move(operation.callback));
  if (session.tracking) ScheduleHeartbeat();
  if (std::exchange(was_ready_, true)) events_.reconnected();
}

void RedisConnection::Impl::OnPush(const RedisReply& message) {
  if (message.empty() || message[0] != "invalidate") return;
  for (size_t i = 1; i < message.size(); ++i) events_.changed(message[i]);
}

void RedisConnection::Impl::GiveUp(const absl::Status& why) {
  loop_->CancelTimer(connect_timer_);
  state_ = State::kPausing;
  tried_ = true;
  // First: what loses its answer now may send something at once.
  const bool is_news = why != last_failure_;
  last_failure_ = why;
  ++link_number_;
  sentinels_.reset();
  link_.reset();
  sent_.clear();
  ForgetRemembered();
  FailWaiting(why);
  if (is_news) {
    Log(LogLevel::kWarn, "redis_unavailable",
        {{"address", server_.host}, {"port", server_.port}, {"reason", why}});
  }
  loop_->RunAfter(NextPause(), IfAlive(&Impl::Connect));
}

void RedisConnection::Impl::FailWaiting(const absl::Status& why) {
  std::deque<Waiting> waiting = std::exchange(waiting_, {});
  for (Waiting& operation : waiting) operation.callback(why);
}

void RedisConnection::Impl::ForgetRemembered() {
  tracking_.store(false, std::memory_order_release);
  if (std::exchange(following_, false)) events_.changed(std::nullopt);
}

// Random over the whole range, so that the replicas of a server that comes back do not all knock at once.
absl::Duration RedisConnection::Impl::NextPause() {
  const int doublings = std::min(failures_++, 10);
  const absl::Duration longest = std::min(kFirstPause * (1 << doublings), kLongestPause);
  return std::max(kShortestPause, absl::Uniform(random_, 0.0, 1.0) * longest);
}

void RedisConnection::Impl::Send(std::vector<std::string> command, Callback callback) {
  if (state_ == State::kReady) {
    SendOverLink(command, std::move(callback));
  } else if (!tried_ && state_ != State::kClosed && waiting_.size() < kMaxWaiting) {
    waiting_.push_back({std::move(command), std::move(callback), tick_});
    KeepTicking();
  } else {
    callback(tried_ ? last_failure_ : absl::UnavailableError("redis: not connected yet"));
  }
}

void RedisConnection::Impl::SendOverLink(const std::vector<std::string>& command,
                                         Callback callback) {
  if (sent_.size() >= kMaxInFlight) {
    callback(absl::UnavailableError("redis: too many operations are in flight"));
    return;
  }
  sent_.push_back(tick_);
  KeepTicking();
  const auto on_reply = OnThisLink([](Impl* self, const absl::Status& status) {
    self->sent_.pop_front();
    self->answered_ = true;
    if (!IsNotMaster(status)) return;
    // After a failover the address may lead to the new master.
    self->loop_->Post(self->OnThisLink([status](Impl* impl) { impl->GiveUp(status); }));
  });
  link_->Send(command,
              [on_reply, callback = std::move(callback)](absl::StatusOr<RedisReply> reply) mutable {
                on_reply(reply.status());
                callback(std::move(reply));
              });
}

void RedisConnection::Impl::Tick() {
  ++tick_;
  ticking_ = false;
  while (!waiting_.empty() && tick_ - waiting_.front().tick >= kTicksPerTimeout) {
    Waiting operation = std::move(waiting_.front());
    waiting_.pop_front();
    operation.callback(absl::UnavailableError("redis: not connected yet"));
  }
  // Answers come in order: when the oldest is overdue, all others wait behind it.
  if (!sent_.empty() && tick_ - sent_.front() >= kTicksPerTimeout) {
    GiveUp(absl::UnavailableError("redis: the server does not answer in time"));
  }
  KeepTicking();
}

void RedisConnection::Impl::KeepTicking() {
  if (ticking_ || (sent_.empty() && waiting_.empty())) return;
  ticking_ = true;
  loop_->RunAfter(options_->operation_timeout / kTicksPerTimeout, IfAlive(&Impl::Tick));
}

void RedisConnection::Impl::ScheduleHeartbeat() {
  loop_->RunAfter(kHeartbeatPause, OnThisLink([](Impl* self) { self->Heartbeat(); }));
}

// Only an unanswered command shows that a connection died in silence, and memory is served instead of commands: without this, tokens
// that others revoked would be served for as long as nothing else is asked here.
void RedisConnection::Impl::Heartbeat() {
  const bool answered = std::exchange(answered_, false);
  // Whatever it says, an answer is a sign of life.
  if (!answered && sent_.empty()) SendOverLink({"PING"}, [](absl::StatusOr<RedisReply>) {});
  ScheduleHeartbeat();
}

void RedisConnection::Impl::Close() {
  state_ = State::kClosed;
  ++link_number_;
  sentinels_.reset();
  link_.reset();
  FailWaiting(absl::UnavailableError("redis: the connection is closed"));
}

RedisConnection::RedisConnection(EventLoop* loop, std::shared_ptr<const RedisOptions> options,
                                 Events events)
    : impl_(std::make_shared<Impl>(loop, std::move(options), std::move(events))) {
  loop->Post([weak = std::weak_ptr<Impl>(impl_)] {
    if (const std::shared_ptr<Impl> impl = weak.lock()) impl->Connect();
  });
}

RedisConnection::~RedisConnection() { impl_->Close(); }

Task<absl::StatusOr<RedisReply>> RedisConnection::Call(std::vector<std::string> command) {
  OneShot<absl::StatusOr<RedisReply>> answer;
  impl_->Send(std::move(command),
              [setter = answer.setter()](absl::StatusOr<RedisReply> reply) mutable {
                setter.Set(std::move(reply));
              });
  co_return co_await std::move(answer).Wait();
}

void RedisConnection::Send(std::vector<std::string> command, Callback callback) {
  impl_->Send(std::move(command), std::move(callback));
}

bool RedisConnection::following() const { return impl_->following(); }

bool RedisConnection::tracking() const { return impl_->tracking(); }

}  // namespace evertoken
