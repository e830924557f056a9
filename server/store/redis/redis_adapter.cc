#include "server/store/redis/redis_adapter.h"

#include <hiredis/async.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <memory>

namespace evertoken {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// hiredis owns the socket; the handlers that wait for it own the adapter, so it outlives the context by as much as it must.
class Adapter : public std::enable_shared_from_this<Adapter> {
 public:
  Adapter(asio::io_context& loop, redisAsyncContext* context)
      : loop_(loop), socket_(loop, context->c.fd), context_(context) {}

  void Attach() {
    self_ = shared_from_this();
    context_->ev.data = this;
    context_->ev.addRead = [](void* adapter) { static_cast<Adapter*>(adapter)->AddRead(); };
    context_->ev.addWrite = [](void* adapter) { static_cast<Adapter*>(adapter)->AddWrite(); };
    context_->ev.delRead = [](void* adapter) {
      static_cast<Adapter*>(adapter)->wants_read_ = false;
    };
    context_->ev.delWrite = [](void* adapter) {
      static_cast<Adapter*>(adapter)->wants_write_ = false;
    };
    context_->ev.cleanup = [](void* adapter) { static_cast<Adapter*>(adapter)->Detach(); };
  }

 private:
  void AddRead() {
    wants_read_ = true;
    if (waits_for_read_) return;
    waits_for_read_ = true;
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](const error_code&) {
                         self->waits_for_read_ = false;
                         if (self->context_ != nullptr && self->wants_read_)
                           redisAsyncHandleRead(self->context_);
                       });
  }

  void AddWrite() {
    wants_write_ = true;
    if (waits_for_write_) return;
    waits_for_write_ = true;
    // A connected socket is nearly always writable: what is asked for in one turn of the loop goes out in one write at its end.
    // Only while connecting, or when a write did not take everything, it is worth asking the kernel first.
    if (!writing_ && (context_->c.flags & REDIS_CONNECTED) != 0) {
      asio::post(loop_, [self = shared_from_this()] { self->Write(); });
    } else {
      socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                         [self = shared_from_this()](const error_code&) { self->Write(); });
    }
  }

  void Write() {
    waits_for_write_ = false;
    if (context_ == nullptr || !wants_write_) return;
    writing_ = true;
    redisAsyncHandleWrite(context_);
    writing_ = false;
  }

  void Detach() {
    if (context_ == nullptr) return;
    context_->ev.data = nullptr;
    context_->ev.addRead = context_->ev.delRead = nullptr;
    context_->ev.addWrite = context_->ev.delWrite = nullptr;
    context_->ev.cleanup = nullptr;
    context_ = nullptr;
    socket_.release();  // hiredis closes it
    self_.reset();
  }

  asio::io_context& loop_;
  asio::posix::stream_descriptor socket_;
  redisAsyncContext* context_;
  std::shared_ptr<Adapter> self_;
  bool wants_read_ = false;
  bool wants_write_ = false;
  bool waits_for_read_ = false;
  bool waits_for_write_ = false;
  bool writing_ = false;
};

}  // namespace

void AttachToLoop(asio::io_context& loop, redisAsyncContext* context) {
  std::make_shared<Adapter>(loop, context)->Attach();
}

}  // namespace evertoken
