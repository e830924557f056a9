#include "server/store/sqlite/sqlite_store.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "server/base/one_shot.h"

namespace evertoken {
namespace {

enum class Access { kRead, kWrite };

template <typename Result>
class Call final : public SqliteBackend::Operation {
 public:
  using Work = absl::AnyInvocable<Result(SqliteSlots*, absl::Time)>;

  Call(Access access, Work work, typename OneShot<Result>::Setter setter)
      : access_(access), work_(std::move(work)), setter_(std::move(setter)) {}

  bool writes() const override { return access_ == Access::kWrite; }
  void Run(SqliteSlots* slots, absl::Time now) override { result_.emplace(work_(slots, now)); }
  void Answer(const absl::Status& committed) override {
    setter_.Set(committed.ok() ? *std::move(result_) : Result(committed));
  }

 private:
  const Access access_;
  Work work_;
  typename OneShot<Result>::Setter setter_;
  std::optional<Result> result_;
};

template <typename Result>
OneShot<Result> Submit(SqliteBackend* backend, Access access, typename Call<Result>::Work work) {
  OneShot<Result> answer;
  backend->Submit(std::make_unique<Call<Result>>(access, std::move(work), answer.setter()));
  return answer;
}

}  // namespace

SqliteStore::SqliteStore(SqliteBackend* backend) : backend_(backend) {}

Task<absl::StatusOr<GrantSlot>> SqliteStore::ReadGrant(SlotKey key) {
  using Result = absl::StatusOr<GrantSlot>;
  OneShot<Result> answer = Submit<Result>(
      backend_, Access::kRead,
      [&key](SqliteSlots* slots, absl::Time now) { return slots->ReadGrant(key, now); });
  co_return co_await std::move(answer).Wait();
}

Task<absl::Status> SqliteStore::CreateGrant(SlotKey key, GrantWrite write) {
  using Result = absl::Status;
  OneShot<Result> answer =
      Submit<Result>(backend_, Access::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->CreateGrant(key, std::move(write), now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::StatusOr<uint64_t>> SqliteStore::WriteGrant(SlotKey key, uint64_t expected_version,
                                                       GrantWrite write) {
  using Result = absl::StatusOr<uint64_t>;
  OneShot<Result> answer =
      Submit<Result>(backend_, Access::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->WriteGrant(key, expected_version, std::move(write), now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::StatusOr<RenewalLease>> SqliteStore::BeginRenewal(SlotKey key, std::string owner,
                                                             absl::Duration duration) {
  using Result = absl::StatusOr<RenewalLease>;
  OneShot<Result> answer =
      Submit<Result>(backend_, Access::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->BeginRenewal(key, std::move(owner), duration, now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::Status> SqliteStore::ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) {
  using Result = absl::Status;
  OneShot<Result> answer =
      Submit<Result>(backend_, Access::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->ExtendLease(key, fence, duration, now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::StatusOr<uint64_t>> SqliteStore::CommitRenewal(SlotKey key, uint64_t fence,
                                                          uint64_t expected_version,
                                                          int lost_answers, GrantWrite write) {
  using Result = absl::StatusOr<uint64_t>;
  OneShot<Result> answer =
      Submit<Result>(backend_, Access::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->CommitRenewal(key, fence, expected_version, lost_answers, std::move(write),
                                    now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::Status> SqliteStore::AbandonRenewal(SlotKey key, uint64_t fence) {
  using Result = absl::Status;
  OneShot<Result> answer = Submit<Result>(
      backend_, Access::kWrite,
      [&](SqliteSlots* slots, absl::Time now) { return slots->AbandonRenewal(key, fence, now); });
  co_return co_await std::move(answer).Wait();
}

Task<absl::Status> SqliteStore::PutTicket(SlotKey key, std::string owner, std::string record,
                                          absl::Duration ttl) {
  using Result = absl::Status;
  OneShot<Result> answer =
      Submit<Result>(backend_, Access::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->PutTicket(key, std::move(owner), std::move(record), ttl, now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::StatusOr<Ticket>> SqliteStore::SpendTicket(SlotKey key, std::string owner,
                                                      absl::Duration replay_window) {
  using Result = absl::StatusOr<Ticket>;
  OneShot<Result> answer =
      Submit<Result>(backend_, Access::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->SpendTicket(key, owner, replay_window, now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::Status> SqliteStore::Ping() {
  using Result = absl::Status;
  OneShot<Result> answer = Submit<Result>(
      backend_, Access::kWrite, [](SqliteSlots* slots, absl::Time) { return slots->Ping(); });
  co_return co_await std::move(answer).Wait();
}

}  // namespace evertoken
