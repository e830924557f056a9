#ifndef EVERTOKEN_SERVER_STORE_DUE_QUEUE_H_
#define EVERTOKEN_SERVER_STORE_DUE_QUEUE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/task.h"
#include "server/store/token_store.h"

namespace evertoken {

// A grant whose time has come.
struct DueGrant {
  SlotKey key;
  absl::Duration overdue;  // since when, by the store's clock
};

// The answer to Claim.
struct DueClaim {
  // Another owner holds the shard; nothing else has a meaning then.
  bool held = false;
  // The earliest due first.
  std::vector<DueGrant> grants;
  // How many more grants of the shard are due now. Counted to kMostCounted, which stands for that many or more.
  int64_t still_due = 0;

  static constexpr int64_t kMostCounted = 10000;
};

// The grants that are to be tended without a caller, by their time: what GrantWrite::due_in said in each one's last write, or the
// end of the lease when one was taken since. Split into shards, so that replicas share the work; a shard is for one owner at a time.
//
// Errors and threads as in TokenStore.
class DueQueue {
 public:
  virtual ~DueQueue() = default;

  // Shards are numbered from 0. Which one a grant is in never changes.
  virtual int shards() const = 0;

  // One atomic step. Unless another owner holds the shard, the caller holds it for `hold` from now and gets up to `limit` (1 to
  // kLargestClaim) grants whose time has come. They are hidden for `hold`: they come back then, in case the caller dies; the next
  // write of a grant sets its time anew. An answer with fewer than `limit` grants lets the shard go. Grants whose slot is gone are
  // dropped.
  virtual Task<absl::StatusOr<DueClaim>> Claim(int shard, std::string owner, absl::Duration hold,
                                               int limit) = 0;

  // Lets the shard go, if `owner` holds it.
  virtual Task<absl::Status> Release(int shard, std::string owner) = 0;

  static constexpr int kLargestClaim = 1000;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_DUE_QUEUE_H_
