#ifndef EVERTOKEN_SERVER_WEB_WORK_LIMIT_H_
#define EVERTOKEN_SERVER_WEB_WORK_LIMIT_H_

#include <atomic>
#include <memory>
#include <utility>

namespace evertoken {

// Bounds how much work is under way at once. Thread-safe.
class WorkLimit : public std::enable_shared_from_this<WorkLimit> {
 public:
  // Stands for one piece of work; the end of its life is the end of the work.
  class Pass {
   public:
    explicit Pass(std::shared_ptr<WorkLimit> limit) : limit_(std::move(limit)) {}
    Pass(Pass&&) = default;
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (limit_ != nullptr) limit_->under_way_.fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    std::shared_ptr<WorkLimit> limit_;
  };

  explicit WorkLimit(int limit) : limit_(limit) {}

  // Null when as much as allowed is under way.
  std::unique_ptr<Pass> Enter() {
    if (under_way_.fetch_add(1, std::memory_order_relaxed) >= limit_) {
      under_way_.fetch_sub(1, std::memory_order_relaxed);
      return nullptr;
    }
    return std::make_unique<Pass>(shared_from_this());
  }

 private:
  const int limit_;
  std::atomic<int> under_way_{0};
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_WORK_LIMIT_H_
