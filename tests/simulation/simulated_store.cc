#include "tests/simulation/simulated_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/one_shot.h"

namespace evertoken::simulation {
namespace {

constexpr absl::Duration kUsualWay = absl::Milliseconds(2);

absl::Status Unreachable() { return absl::UnavailableError("the simulated store is away"); }

template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}
absl::Status StatusOf(const absl::Status& status) { return status; }

}  // namespace

SimulatedStore::SimulatedStore(SharedStore* shared, Chance* chance, const StoreWeather* weather,
                               const bool* crashed, const Protections* protections,
                               std::function<void(const std::string&)> trace)
    : shared_(shared),
      chance_(chance),
      weather_(weather),
      crashed_(crashed),
      protections_(protections),
      trace_(std::move(trace)) {}

template <typename T>
Task<T> SimulatedStore::Carry(const char* name, std::function<T()> operation, T dead) {
  if (weather_ == nullptr) co_return operation();
  if (*crashed_) co_return dead;
  const int connection = shared_->failovers();
  const bool slow = chance_->Happens(weather_->slow);
  const absl::Duration way = chance_->UpTo(slow ? kTimeout / 2 : kUsualWay);
  const absl::Duration way_back = chance_->UpTo(slow ? kTimeout / 2 : kUsualWay);
  const bool lost = chance_->Happens(weather_->request_lost);
  const bool reply_lost = chance_->Happens(weather_->reply_lost);
  co_await Delay(way);
  // A request on its way when its process crashes arrives, or it does not.
  const bool arrives = !lost && !weather_->down && (!*crashed_ || chance_->Happens(0.5));
  T result = Unreachable();
  if (arrives) result = operation();
  trace_(absl::StrCat(name, arrives ? " -> " : " does not arrive ", StatusOf(result).ToString()));
  const bool arrived = arrives && !reply_lost && shared_->failovers() == connection;
  co_await Delay(arrived ? way_back : kTimeout - way);
  if (*crashed_) co_return dead;
  if (!arrived || shared_->failovers() != connection) co_return Unreachable();
  co_return result;
}

Task<absl::StatusOr<GrantSlot>> SimulatedStore::ReadGrant(SlotKey key) {
  return Carry<absl::StatusOr<GrantSlot>>(
      "read", [this, key] { return shared_->Read(key); }, NoSuchGrant());
}

Task<absl::Status> SimulatedStore::CreateGrant(SlotKey key, GrantWrite write) {
  return Carry<absl::Status>(
      "create", [this, key, write] { return shared_->Create(key, write); }, absl::OkStatus());
}

Task<absl::StatusOr<uint64_t>> SimulatedStore::WriteGrant(SlotKey key, uint64_t expected_version,
                                                          GrantWrite write) {
  return Carry<absl::StatusOr<uint64_t>>(
      "write",
      [this, key, expected_version, write] { return shared_->Write(key, expected_version, write); },
      NoSuchGrant());
}

Task<absl::StatusOr<RenewalLease>> SimulatedStore::BeginRenewal(SlotKey key, std::string owner,
                                                                absl::Duration duration) {
  return Carry<absl::StatusOr<RenewalLease>>(
      "begin", [this, key, owner, duration] { return shared_->Begin(key, owner, duration); },
      NoSuchGrant());
}

Task<absl::Status> SimulatedStore::ExtendLease(SlotKey key, uint64_t fence,
                                               absl::Duration duration) {
  return Carry<absl::Status>(
      "extend", [this, key, fence, duration] { return shared_->Extend(key, fence, duration); },
      FenceNotCurrent());
}

Task<absl::Status> SimulatedStore::PresentAgain(SlotKey key, uint64_t fence,
                                                absl::Duration duration) {
  return Carry<absl::Status>(
      "present again",
      [this, key, fence, duration] { return shared_->PresentAgain(key, fence, duration); },
      FenceNotCurrent());
}

Task<absl::StatusOr<uint64_t>> SimulatedStore::CommitRenewal(SlotKey key, uint64_t fence,
                                                             uint64_t expected_version,
                                                             int lost_answers, GrantWrite write) {
  std::function<absl::StatusOr<uint64_t>()> commit = [this, key, fence, expected_version,
                                                      lost_answers, write] {
    return shared_->Commit(key, fence, expected_version, lost_answers, write);
  };
  if (protections_->persist_first)
    return Carry<absl::StatusOr<uint64_t>>("commit", std::move(commit), FenceNotCurrent());
  // Answered at once, done when it suits: lost when the process crashes before.
  Executor::Current()->RunAfter(absl::Seconds(5), [this, commit = std::move(commit)] {
    if (!*crashed_) (void)commit();
  });
  return Carry<absl::StatusOr<uint64_t>>(
      "commit later", [expected_version] { return expected_version + 1; }, FenceNotCurrent());
}

Task<absl::Status> SimulatedStore::AbandonRenewal(SlotKey key, uint64_t fence) {
  return Carry<absl::Status>(
      "abandon", [this, key, fence] { return shared_->Abandon(key, fence); }, FenceNotCurrent());
}

Task<void> SimulatedStore::AwaitChange(SlotKey key, absl::Duration at_most) {
  (void)key;
  const absl::Duration pause = *crashed_ ? absl::ZeroDuration() : chance_->UpTo(at_most);
  co_await Delay(pause);
}

Task<absl::Status> SimulatedStore::PutTicket(SlotKey, std::string, std::string, absl::Duration) {
  co_return Unreachable();
}

Task<absl::StatusOr<Ticket>> SimulatedStore::SpendTicket(SlotKey, std::string, absl::Duration) {
  co_return Unreachable();
}

Task<absl::Status> SimulatedStore::Ping() { co_return absl::OkStatus(); }

Task<absl::StatusOr<DueClaim>> SimulatedStore::Claim(int, std::string owner, absl::Duration hold,
                                                     int limit) {
  return Carry<absl::StatusOr<DueClaim>>(
      "claim", [this, owner, hold, limit] { return shared_->Claim(owner, hold, limit); },
      Unreachable());
}

Task<absl::Status> SimulatedStore::Release(int, std::string owner) {
  return Carry<absl::Status>(
      "release",
      [this, owner] {
        shared_->Release(owner);
        return absl::OkStatus();
      },
      Unreachable());
}

}  // namespace evertoken::simulation
