#ifndef EVERTOKEN_SERVER_WEB_SESSION_REGISTRY_H_
#define EVERTOKEN_SERVER_WEB_SESSION_REGISTRY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace evertoken {

// A connection, as the registry sees it. Both may be called from any thread.
class WebSession {
 public:
  virtual ~WebSession() = default;

  // Closes after the request that is in hand; at once when there is none.
  virtual void Drain() = 0;
  virtual void Close() = 0;
};

// The open connections of all loops: how many there are, and how to end them. Thread-safe.
class SessionRegistry : public std::enable_shared_from_this<SessionRegistry> {
 public:
  // A place for one connection; leaving it frees the place.
  class Place {
   public:
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Tells who has the place. A session that arrives after the end was announced is told at once.
    void Seat(const std::shared_ptr<WebSession>& session);

   private:
    friend SessionRegistry;
    Place(std::shared_ptr<SessionRegistry> registry, uint64_t id)
        : registry_(std::move(registry)), id_(id) {}

    const std::shared_ptr<SessionRegistry> registry_;
    const uint64_t id_;
  };

  explicit SessionRegistry(size_t capacity) : capacity_(capacity) {}

  // Null when all places are taken or the end was announced.
  std::unique_ptr<Place> Enter();

  // Announces the end to all sessions, present and to come.
  void Drain();
  void Close();

  // True when the last session left within `timeout`.
  bool WaitUntilEmpty(absl::Duration timeout);

  size_t size() const;

 private:
  enum class Phase { kOpen, kDraining, kClosing };

  void Announce(Phase phase);
  static void Tell(WebSession* session, Phase phase);

  const size_t capacity_;
  mutable absl::Mutex mutex_;
  Phase phase_ ABSL_GUARDED_BY(mutex_) = Phase::kOpen;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<uint64_t, std::weak_ptr<WebSession>> sessions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_SESSION_REGISTRY_H_
