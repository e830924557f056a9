#include "server/base/executor.h"

namespace evertoken {
namespace {

thread_local Executor* current_executor = nullptr;

}  // namespace

Executor* Executor::Current() { return current_executor; }

Executor::ScopedCurrent::ScopedCurrent(Executor* executor) : previous_(current_executor) {
  current_executor = executor;
}

Executor::ScopedCurrent::~ScopedCurrent() { current_executor = previous_; }

}  // namespace evertoken
