#ifndef EVERTOKEN_SERVER_RPC_OVERLOAD_GATE_H_
#define EVERTOKEN_SERVER_RPC_OVERLOAD_GATE_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "server/base/metrics.h"

namespace evertoken {

// Bounds the work that requests have begun, and shows its amount as a metric. What counts is the
// work, not the waiting caller: a caller that hangs up frees nothing, so hanging up and calling
// again cannot pile up work. Thread-safe.
class OverloadGate {
  class Count;

 public:
  // The right to work. It may outlive the gate: work that nobody waits for ends after the server.
  class Permit {
   public:
    Permit(Permit&&) = default;
    Permit& operator=(Permit&&) = delete;
    ~Permit() { Release(); }

    // Gives the right back before the end of the scope.
    void Release();

   private:
    friend OverloadGate;
    explicit Permit(std::shared_ptr<Count> count) : count_(std::move(count)) {}
    std::shared_ptr<Count> count_;
  };

  // `metrics` must outlive the gate.
  OverloadGate(int limit, Metrics* metrics);
  ~OverloadGate();
  OverloadGate(const OverloadGate&) = delete;
  OverloadGate& operator=(const OverloadGate&) = delete;

  // Nullopt when `limit` permits are out.
  std::optional<Permit> TryEnter();

 private:
  const std::shared_ptr<Count> count_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_OVERLOAD_GATE_H_
