#include "server/store/sqlite/sqlite_store.h"

#include <utility>

#include "server/base/one_shot.h"
#include "server/store/sqlite/sqlite_call.h"

namespace evertoken {

SqliteStore::SqliteStore(SqliteBackend* backend) : backend_(backend) {}

void SqliteStore::Spread(const SlotKey& key, bool with_events) {
  backend_->changes()->Notify(key.value);
  if (with_events) backend_->changes()->Notify(SqliteBackend::kAnyEvent);
}

Task<absl::StatusOr<GrantSlot>> SqliteStore::ReadGrant(SlotKey key) {
  using Result = absl::StatusOr<GrantSlot>;
  OneShot<Result> answer = SubmitCall<Result>(
      backend_, SqliteAccess::kRead,
      [&key](SqliteSlots* slots, absl::Time now) { return slots->ReadGrant(key, now); });
  co_return co_await std::move(answer).Wait();
}

Task<absl::Status> SqliteStore::CreateGrant(SlotKey key, GrantWrite write) {
  const bool with_events = !write.events.empty();
  using Result = absl::Status;
  OneShot<Result> answer =
      SubmitCall<Result>(backend_, SqliteAccess::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->CreateGrant(key, std::move(write), now);
      });
  const Result created = co_await std::move(answer).Wait();
  if (created.ok()) Spread(key, with_events);
  co_return created;
}

Task<absl::StatusOr<uint64_t>> SqliteStore::WriteGrant(SlotKey key, uint64_t expected_version,
                                                       GrantWrite write) {
  const bool with_events = !write.events.empty();
  using Result = absl::StatusOr<uint64_t>;
  OneShot<Result> answer =
      SubmitCall<Result>(backend_, SqliteAccess::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->WriteGrant(key, expected_version, std::move(write), now);
      });
  const Result version = co_await std::move(answer).Wait();
  if (version.ok()) Spread(key, with_events);
  co_return version;
}

Task<absl::StatusOr<RenewalLease>> SqliteStore::BeginRenewal(SlotKey key, std::string owner,
                                                             absl::Duration duration) {
  using Result = absl::StatusOr<RenewalLease>;
  OneShot<Result> answer =
      SubmitCall<Result>(backend_, SqliteAccess::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->BeginRenewal(key, std::move(owner), duration, now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::Status> SqliteStore::ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) {
  using Result = absl::Status;
  OneShot<Result> answer =
      SubmitCall<Result>(backend_, SqliteAccess::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->ExtendLease(key, fence, duration, now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::Status> SqliteStore::PresentAgain(SlotKey key, uint64_t fence, absl::Duration duration) {
  using Result = absl::Status;
  OneShot<Result> answer =
      SubmitCall<Result>(backend_, SqliteAccess::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->PresentAgain(key, fence, duration, now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::StatusOr<uint64_t>> SqliteStore::CommitRenewal(SlotKey key, uint64_t fence,
                                                          uint64_t expected_version,
                                                          int lost_answers, GrantWrite write) {
  const bool with_events = !write.events.empty();
  using Result = absl::StatusOr<uint64_t>;
  OneShot<Result> answer =
      SubmitCall<Result>(backend_, SqliteAccess::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->CommitRenewal(key, fence, expected_version, lost_answers, std::move(write),
                                    now);
      });
  const Result version = co_await std::move(answer).Wait();
  if (version.ok()) Spread(key, with_events);
  co_return version;
}

Task<absl::Status> SqliteStore::AbandonRenewal(SlotKey key, uint64_t fence) {
  using Result = absl::Status;
  OneShot<Result> answer = SubmitCall<Result>(
      backend_, SqliteAccess::kWrite,
      [&](SqliteSlots* slots, absl::Time now) { return slots->AbandonRenewal(key, fence, now); });
  const Result abandoned = co_await std::move(answer).Wait();
  if (abandoned.ok()) Spread(key, /*with_events=*/false);
  co_return abandoned;
}

Task<void> SqliteStore::AwaitChange(SlotKey key, absl::Duration at_most) {
  return backend_->changes()->Await(std::move(key.value), at_most);
}

Task<absl::Status> SqliteStore::PutTicket(SlotKey key, std::string owner, std::string record,
                                          absl::Duration ttl) {
  using Result = absl::Status;
  OneShot<Result> answer =
      SubmitCall<Result>(backend_, SqliteAccess::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->PutTicket(key, std::move(owner), std::move(record), ttl, now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::StatusOr<Ticket>> SqliteStore::SpendTicket(SlotKey key, std::string owner,
                                                      absl::Duration replay_window) {
  using Result = absl::StatusOr<Ticket>;
  OneShot<Result> answer =
      SubmitCall<Result>(backend_, SqliteAccess::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->SpendTicket(key, owner, replay_window, now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::Status> SqliteStore::Ping() {
  using Result = absl::Status;
  OneShot<Result> answer = SubmitCall<Result>(
      backend_, SqliteAccess::kWrite, [](SqliteSlots* slots, absl::Time) { return slots->Ping(); });
  co_return co_await std::move(answer).Wait();
}

}  // namespace evertoken
