#ifndef EVERTOKEN_SERVER_STORE_CHANGE_WATCH_H_
#define EVERTOKEN_SERVER_STORE_CHANGE_WATCH_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/task.h"

namespace evertoken {

// Lets coroutines wait for the next change of what has a name: a slot, say. Thread-safe.
//
// A change that nobody waited for is remembered for a while: who looks, finds nothing new and waits then does not miss what
// changed in between, and at worst is woken once for nothing. One such waiter is told; others that came as late
// look again when their time is over.
class ChangeWatch {
 public:
  ChangeWatch();

  // Resumes on the caller's executor when `name` is notified, or everything is, or after `at_most`.
  Task<void> Await(std::string name, absl::Duration at_most);

  void Notify(absl::string_view name);
  void NotifyAll();

  // Coroutines that wait now.
  size_t waiting() const;

 private:
  class State;
  // Timers outlive the watch.
  const std::shared_ptr<State> state_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_CHANGE_WATCH_H_
