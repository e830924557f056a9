#include "server/base/event_loop.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>
#include <unordered_map>
#include <utility>

#include "absl/time/time.h"

namespace evertoken {

namespace asio = boost::asio;

class EventLoop::Impl {
 public:
  Impl(EventLoop* loop, const std::string& name)
      : loop_(loop), work_(asio::make_work_guard(context_)), thread_([this] { RunThread(); }) {
    pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
  }

  ~Impl() {
    Stop();
    // Another thread's Post may still be waking the loop when what it posted has run, and with it all that kept the loop alive.
    while (posting_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
  }

  void Post(Closure closure) {
    posting_.fetch_add(1, std::memory_order_relaxed);
    asio::post(context_,
               [this, closure = std::move(closure)]() mutable { Run(std::move(closure)); });
    posting_.fetch_sub(1, std::memory_order_release);
  }

  TimerId RunAfter(absl::Duration delay, Closure closure) {
    const TimerId id = next_timer_.fetch_add(1, std::memory_order_relaxed);
    // The table of timers belongs to the loop's thread, whoever asks.
    asio::dispatch(context_, [this, id, delay, closure = std::move(closure)]() mutable {
      StartTimer(id, delay, std::move(closure));
    });
    return id;
  }

  void CancelTimer(TimerId id) { timers_.erase(id); }

  void Stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  asio::io_context& context() { return context_; }

 private:
  void RunThread() {
    // Libraries write to sockets that the peer may have closed; that is an error of the write, not the end of the process.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    context_.run();
  }

  void Run(Closure closure) {
    ScopedCurrent current(loop_);
    std::move(closure)();
  }

  void StartTimer(TimerId id, absl::Duration delay, Closure closure) {
    auto timer = std::make_unique<asio::steady_timer>(context_);
    // Bounded, because a steady clock overflows on the longest durations.
    delay = std::clamp(delay, absl::ZeroDuration(), absl::Hours(24 * 365));
    timer->expires_after(absl::ToChronoNanoseconds(delay));
    timer->async_wait(
        [this, id, closure = std::move(closure)](const boost::system::error_code& error) mutable {
          // The table decides, not the error: a timer cancelled after it expired but before this handler ran has no error.
          if (timers_.erase(id) == 0 || error) return;
          Run(std::move(closure));
        });
    timers_.emplace(id, std::move(timer));
  }

  EventLoop* const loop_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::unordered_map<TimerId, std::unique_ptr<asio::steady_timer>> timers_;
  std::atomic<TimerId> next_timer_{1};
  std::atomic<int> posting_{0};  // calls of Post on their way
  std::thread thread_;
};

EventLoop::EventLoop(const std::string& name) : impl_(std::make_unique<Impl>(this, name)) {}
EventLoop::~EventLoop() = default;

void EventLoop::Post(Closure closure) { impl_->Post(std::move(closure)); }

Executor::TimerId EventLoop::RunAfter(absl::Duration delay, Closure closure) {
  return impl_->RunAfter(delay, std::move(closure));
}

void EventLoop::CancelTimer(TimerId id) { impl_->CancelTimer(id); }

void EventLoop::Stop() { impl_->Stop(); }

boost::asio::io_context& EventLoop::io_context() { return impl_->context(); }

}  // namespace evertoken
