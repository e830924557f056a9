#ifndef EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_CALL_H_
#define EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_CALL_H_

#include <memory>
#include <optional>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/one_shot.h"
#include "server/store/sqlite/sqlite_backend.h"
#include "server/store/sqlite/sqlite_slots.h"

namespace evertoken {

enum class SqliteAccess { kRead, kWrite };

// An operation whose answer a coroutine awaits.
template <typename Result>
class SqliteCall final : public SqliteBackend::Operation {
 public:
  using Work = absl::AnyInvocable<Result(SqliteSlots*, absl::Time)>;

  SqliteCall(SqliteAccess access, Work work, typename OneShot<Result>::Setter setter)
      : access_(access), work_(std::move(work)), setter_(std::move(setter)) {}

  bool writes() const override { return access_ == SqliteAccess::kWrite; }
  void Run(SqliteSlots* slots, absl::Time now) override { result_.emplace(work_(slots, now)); }
  void Answer(const absl::Status& committed) override {
    setter_.Set(committed.ok() ? *std::move(result_) : Result(committed));
  }

 private:
  const SqliteAccess access_;
  Work work_;
  typename OneShot<Result>::Setter setter_;
  std::optional<Result> result_;
};

// Runs `work` on the backend's thread. What it refers to must last until the answer.
template <typename Result>
OneShot<Result> SubmitCall(SqliteBackend* backend, SqliteAccess access,
                           typename SqliteCall<Result>::Work work) {
  OneShot<Result> answer;
  backend->Submit(std::make_unique<SqliteCall<Result>>(access, std::move(work), answer.setter()));
  return answer;
}

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_CALL_H_
