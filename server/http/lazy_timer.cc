#include "server/http/lazy_timer.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace evertoken {

using Timer = boost::asio::steady_timer;

struct LazyTimer::State : std::enable_shared_from_this<State> {
  State(EventLoop* loop, std::function<void()> on_time_in)
      : on_time(std::move(on_time_in)), timer(loop->io_context()) {}

  void Arm() {
    if (wanted >= armed) return;
    armed = wanted;
    timer.expires_at(armed);
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const std::shared_ptr<State> alive = weak.lock();
      if (alive != nullptr && !error) alive->Fire();
    });
  }

  void Fire() {
    armed = Timer::time_point::max();
    if (wanted > Timer::clock_type::now()) return Arm();
    wanted = Timer::time_point::max();
    on_time();
  }

  const std::function<void()> on_time;
  Timer timer;
  Timer::time_point armed = Timer::time_point::max();   // when the kernel wakes us; max: never
  Timer::time_point wanted = Timer::time_point::max();  // when to call; max: not at all
};

LazyTimer::LazyTimer(EventLoop* loop, std::function<void()> on_time)
    : state_(std::make_shared<State>(loop, std::move(on_time))) {}

LazyTimer::~LazyTimer() { state_->timer.cancel(); }

void LazyTimer::Set(absl::Duration delay) {
  state_->wanted = Timer::clock_type::now() + absl::ToChronoNanoseconds(delay);
  state_->Arm();
}

void LazyTimer::Cancel() { state_->wanted = Timer::time_point::max(); }

}  // namespace evertoken
