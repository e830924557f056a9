#ifndef EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_DUE_QUEUE_H_
#define EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_DUE_QUEUE_H_

#include <string>

#include "server/store/due_queue.h"
#include "server/store/sqlite/sqlite_backend.h"

namespace evertoken {

// A view on a SqliteBackend's grants: one shard.
class SqliteDueQueue final : public DueQueue {
 public:
  // `backend` must outlive the queue.
  explicit SqliteDueQueue(SqliteBackend* backend);

  int shards() const override { return 1; }
  Task<absl::StatusOr<DueClaim>> Claim(int shard, std::string owner, absl::Duration hold,
                                       int limit) override;
  Task<absl::Status> Release(int shard, std::string owner) override;

 private:
  SqliteBackend* const backend_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_DUE_QUEUE_H_
