#ifndef EVERTOKEN_SERVER_BROKER_COUNTED_H_
#define EVERTOKEN_SERVER_BROKER_COUNTED_H_

#include <atomic>

namespace evertoken {

// Counts itself as long as it lives: what is under way in a scope or a coroutine.
class Counted {
 public:
  // `counter` must outlive the object.
  explicit Counted(std::atomic<int>* counter) : counter_(counter) { ++*counter_; }
  ~Counted() { --*counter_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::atomic<int>* const counter_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_COUNTED_H_
