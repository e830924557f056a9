#include "server/web/session_registry.h"

#include <utility>
#include <vector>

namespace evertoken {

SessionRegistry::Place::~Place() {
  absl::MutexLock lock(&registry_->mutex_);
  registry_->sessions_.erase(id_);
}

void SessionRegistry::Place::Seat(const std::shared_ptr<WebSession>& session) {
  Phase phase = Phase::kOpen;
  {
    absl::MutexLock lock(&registry_->mutex_);
    registry_->sessions_[id_] = session;
    phase = registry_->phase_;
  }
  Tell(session.get(), phase);
}

std::unique_ptr<SessionRegistry::Place> SessionRegistry::Enter() {
  absl::MutexLock lock(&mutex_);
  if (phase_ != Phase::kOpen || sessions_.size() >= capacity_) return nullptr;
  const uint64_t id = next_id_++;
  sessions_.emplace(id, std::weak_ptr<WebSession>());
  return std::unique_ptr<Place>(new Place(shared_from_this(), id));
}

void SessionRegistry::Drain() { Announce(Phase::kDraining); }

void SessionRegistry::Close() { Announce(Phase::kClosing); }

bool SessionRegistry::WaitUntilEmpty(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  const auto empty = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return sessions_.empty(); };
  return mutex_.AwaitWithTimeout(absl::Condition(&empty), timeout);
}

size_t SessionRegistry::size() const {
  absl::MutexLock lock(&mutex_);
  return sessions_.size();
}

void SessionRegistry::Announce(Phase phase) {
  // Told outside the lock: the last reference to a session may go here, and its place needs the lock to leave.
  std::vector<std::shared_ptr<WebSession>> sessions;
  {
    absl::MutexLock lock(&mutex_);
    phase_ = phase;
    for (const auto& [id, session] : sessions_) {
      if (std::shared_ptr<WebSession> present = session.lock())
        sessions.push_back(std::move(present));
    }
  }
  for (const std::shared_ptr<WebSession>& session : sessions) Tell(session.get(), phase);
}

void SessionRegistry::Tell(WebSession* session, Phase phase) {
  if (phase == Phase::kDraining) session->Drain();
  if (phase == Phase::kClosing) session->Close();
}

}  // namespace evertoken
