#include "server/store/redis/redis_confirmations.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/store/redis/redis_reply.h"

namespace evertoken {
namespace {

absl::Status Judge(const absl::StatusOr<RedisReply>& reply, int replicas) {
  if (!reply.ok()) return reply.status();
  int confirmed = 0;
  const bool understood = reply->size() == 1 && reply->front().has_value() &&
                          absl::SimpleAtoi(*reply->front(), &confirmed);
  if (understood && confirmed >= replicas) return absl::OkStatus();
  return absl::UnavailableError("redis: too few replicas confirmed the write in time");
}

}  // namespace

class RedisConfirmations::Impl : public std::enable_shared_from_this<Impl> {
 public:
  using Setter = OneShot<absl::Status>::Setter;

  Impl(EventLoop* loop, RedisConnection* connection, int replicas, absl::Duration timeout)
      : loop_(loop),
        connection_(connection),
        replicas_(replicas),
        command_(
            {"WAIT", absl::StrCat(replicas), absl::StrCat(absl::ToInt64Milliseconds(timeout))}) {}

  void Close() {
    for (Setter& setter : std::exchange(waiting_, {})) setter.Set(ConnectionLost());
  }

  void Add(Setter setter) {
    waiting_.push_back(std::move(setter));
    if (busy_) return;
    busy_ = true;
    // At the end of this turn of the loop, so that everything in it shares one WAIT.
    loop_->Post([weak = weak_from_this()] {
      if (const std::shared_ptr<Impl> self = weak.lock()) self->SendWait();
    });
  }

 private:
  // A connection that is lost fails this at once, or the WAIT before it whose end leads here: no WAIT is sent to another server than
  // the writes were.
  void SendWait() {
    busy_ = !waiting_.empty();
    if (!busy_) return;
    std::vector<Setter> batch = std::exchange(waiting_, {});
    connection_->Send(command_,
                      [weak = weak_from_this(), replicas = replicas_,
                       batch = std::move(batch)](absl::StatusOr<RedisReply> reply) mutable {
                        const absl::Status confirmed = Judge(reply, replicas);
                        for (Setter& setter : batch) setter.Set(confirmed);
                        if (const std::shared_ptr<Impl> self = weak.lock()) self->SendWait();
                      });
  }

  EventLoop* const loop_;
  RedisConnection* const connection_;
  const int replicas_;
  const std::vector<std::string> command_;
  std::vector<Setter> waiting_;
  bool busy_ = false;  // a WAIT is on its way or about to be
};

RedisConfirmations::RedisConfirmations(EventLoop* loop, RedisConnection* connection, int replicas,
                                       absl::Duration timeout)
    : impl_(std::make_shared<Impl>(loop, connection, replicas, timeout)) {}

RedisConfirmations::~RedisConfirmations() { impl_->Close(); }

OneShot<absl::Status> RedisConfirmations::Confirm() {
  OneShot<absl::Status> confirmed;
  impl_->Add(confirmed.setter());
  return confirmed;
}

}  // namespace evertoken
