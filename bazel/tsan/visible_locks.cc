// Shows Abseil's locks to ThreadSanitizer. It sees only what was compiled with it, and the system's Abseil was not: without
// this, everything that an absl::Mutex guards looks like a race. Each function here stands before the library's of the same
// name, calls that one, and tells the sanitizer what it orders.
//
// Linked into every program of --config=tsan, see .bazelrc.
#include <dlfcn.h>

#include <string>

#include "absl/base/config.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
}

// The system's gRPC and Abseil were not compiled with the sanitizer: what gRPC's threads order among themselves, and how the
// last owner of a status or of a cord in it knows that it is the last, cannot be seen.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libgrpc\nrace:libgpr\nrace:Status::Unref\nrace:libabsl_status\nrace:libabsl_cord\n";
}

namespace {

#define EVERTOKEN_TEXT_OF(name) #name
#define EVERTOKEN_TEXT(name) EVERTOKEN_TEXT_OF(name)

// The library's function. `name` is the mangled name behind Abseil's inline namespace, whose own name differs by system.
template <typename Function>
Function Real(const std::string& prefix, const char* name) {
  const std::string space = EVERTOKEN_TEXT(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  return reinterpret_cast<Function>(
      dlsym(RTLD_NEXT, (prefix + "4absl" + std::to_string(space.size()) + space + name).c_str()));
}

}  // namespace

#define EVERTOKEN_REAL(prefix, name, ...) static const auto real = Real<__VA_ARGS__>(prefix, name)

namespace absl {
ABSL_NAMESPACE_BEGIN

#define EVERTOKEN_LOCK(method, mangled)               \
  void Mutex::method() {                              \
    EVERTOKEN_REAL("_ZN", mangled, void (*)(Mutex*)); \
    real(this);                                       \
    __tsan_acquire(this);                             \
  }
#define EVERTOKEN_UNLOCK(method, mangled)             \
  void Mutex::method() {                              \
    EVERTOKEN_REAL("_ZN", mangled, void (*)(Mutex*)); \
    __tsan_release(this);                             \
    real(this);                                       \
  }
#define EVERTOKEN_TRY_LOCK(method, mangled)           \
  bool Mutex::method() {                              \
    EVERTOKEN_REAL("_ZN", mangled, bool (*)(Mutex*)); \
    const bool locked = real(this);                   \
    if (locked) __tsan_acquire(this);                 \
    return locked;                                    \
  }
#define EVERTOKEN_WAIT(method, mangled)                                 \
  void Mutex::method(const Condition& condition) {                      \
    EVERTOKEN_REAL("_ZN", mangled, void (*)(Mutex*, const Condition&)); \
    __tsan_release(this);                                               \
    real(this, condition);                                              \
    __tsan_acquire(this);                                               \
  }
#define EVERTOKEN_TIMED_WAIT(method, limit_type, mangled)                           \
  bool Mutex::method(const Condition& condition, limit_type limit) {                \
    EVERTOKEN_REAL("_ZN", mangled, bool (*)(Mutex*, const Condition&, limit_type)); \
    __tsan_release(this);                                                           \
    const bool met = real(this, condition, limit);                                  \
    __tsan_acquire(this);                                                           \
    return met;                                                                     \
  }

EVERTOKEN_LOCK(Lock, "5Mutex4LockEv")
EVERTOKEN_LOCK(ReaderLock, "5Mutex10ReaderLockEv")
EVERTOKEN_UNLOCK(Unlock, "5Mutex6UnlockEv")
EVERTOKEN_UNLOCK(ReaderUnlock, "5Mutex12ReaderUnlockEv")
EVERTOKEN_TRY_LOCK(TryLock, "5Mutex7TryLockEv")
EVERTOKEN_TRY_LOCK(ReaderTryLock, "5Mutex13ReaderTryLockEv")
EVERTOKEN_WAIT(Await, "5Mutex5AwaitERKNS0_9ConditionE")
EVERTOKEN_WAIT(LockWhen, "5Mutex8LockWhenERKNS0_9ConditionE")
EVERTOKEN_WAIT(ReaderLockWhen, "5Mutex14ReaderLockWhenERKNS0_9ConditionE")
EVERTOKEN_TIMED_WAIT(AwaitWithTimeout, Duration,
                     "5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE")
EVERTOKEN_TIMED_WAIT(AwaitWithDeadline, Time,
                     "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE")
EVERTOKEN_TIMED_WAIT(LockWhenWithTimeout, Duration,
                     "5Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE")
EVERTOKEN_TIMED_WAIT(LockWhenWithDeadline, Time,
                     "5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE")

void CondVar::Wait(Mutex* mutex) {
  EVERTOKEN_REAL("_ZN", "7CondVar4WaitEPNS0_5MutexE", void (*)(CondVar*, Mutex*));
  __tsan_release(mutex);
  real(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  EVERTOKEN_REAL("_ZN", "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE",
                 bool (*)(CondVar*, Mutex*, Duration));
  __tsan_release(mutex);
  const bool timed_out = real(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

// Whoever unlocks evaluates the conditions of those who wait: under the lock, but after the release told above.
bool Condition::Eval() const {
  EVERTOKEN_REAL("_ZNK", "9Condition4EvalEv", bool (*)(const Condition*));
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  const bool met = real(this);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  return met;
}

void Notification::Notify() {
  EVERTOKEN_REAL("_ZN", "12Notification6NotifyEv", void (*)(Notification*));
  __tsan_release(this);
  real(this);
}

void Notification::WaitForNotification() const {
  EVERTOKEN_REAL("_ZNK", "12Notification19WaitForNotificationEv", void (*)(const Notification*));
  real(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  EVERTOKEN_REAL("_ZNK", "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE",
                 bool (*)(const Notification*, Duration));
  const bool notified = real(this, timeout);
  if (notified) __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

bool BlockingCounter::DecrementCount() {
  EVERTOKEN_REAL("_ZN", "15BlockingCounter14DecrementCountEv", bool (*)(BlockingCounter*));
  __tsan_release(this);
  return real(this);
}

void BlockingCounter::Wait() {
  EVERTOKEN_REAL("_ZN", "15BlockingCounter4WaitEv", void (*)(BlockingCounter*));
  real(this);
  __tsan_acquire(this);
}

ABSL_NAMESPACE_END
}  // namespace absl
