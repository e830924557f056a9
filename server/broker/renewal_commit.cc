#include "server/broker/renewal_commit.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <utility>

#include "server/base/error.h"
#include "server/base/one_shot.h"
#include "server/broker/renewal_failures.h"

namespace evertoken {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(5);

}  // namespace

RenewalCommit::RenewalCommit(TokenStore* store, GrantRepository* grants, OnDelay on_delay)
    : store_(store), grants_(grants), on_delay_(std::move(on_delay)), pause_(kFirstPause) {}

Task<absl::StatusOr<RenewalCommit::End>> RenewalCommit::Write(LoadedGrant* grant, SlotLease* lease,
                                                              int lost_answers, Change change) {
  const uint64_t fence = lease->fence();
  for (;;) {
    auto changed = std::make_shared<GrantSnapshot>(*grant->snapshot);
    change(&changed->grant);
    GrantWrite write = grants_->Encode(grant->grant(), changed->grant, lost_answers);
    const uint64_t epoch = grants_->Epoch(grant->key);
    const uint64_t offered_over = grant->snapshot->version;
    absl::StatusOr<uint64_t> version = co_await store_->CommitRenewal(
        grant->key, fence, offered_over, lost_answers, std::move(write));
    if (version.ok()) {
      changed->version = *version;
      grant->snapshot = std::move(changed);
      grants_->Remember(*grant, epoch);
      lease->Forget();
      co_return End::kWritten;
    }
    absl::Status failure = version.status();
    if (absl::IsAborted(failure)) {
      absl::StatusOr<End> end = co_await Reread(grant, changed);
      // Changed by somebody else under the same lease (a profile, a revocation): the change goes on top.
      const bool changed_meanwhile =
          end.ok() && *end == End::kLeaseLost && grant->snapshot->version != offered_over;
      if (changed_meanwhile) continue;
      if (end.ok()) lease->Forget();
      if (end.ok()) co_return end;
      failure = end.status();
    }
    if (!IsStoreDown(failure)) co_return failure;
    co_await WaitForStore(std::move(failure));
  }
}

Task<absl::StatusOr<RenewalCommit::End>> RenewalCommit::Reread(
    LoadedGrant* grant, std::shared_ptr<const GrantSnapshot> offered) {
  absl::StatusOr<LoadedGrant> reread = co_await grants_->Reload(grant->key);
  if (ReasonOf(reread.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND) co_return End::kSlotGone;
  if (!reread.ok()) co_return reread.status();
  *grant = *std::move(reread);
  // An earlier offer may have been taken although its answer was lost.
  const bool taken =
      google::protobuf::util::MessageDifferencer::Equals(grant->grant(), offered->grant);
  co_return taken ? End::kWritten : End::kLeaseLost;
}

Task<void> RenewalCommit::WaitForStore(absl::Status failure) {
  co_await on_delay_(std::move(failure));
  const absl::Duration pause = pause_;
  pause_ = std::min(pause_ * 2, kLongestPause);
  co_await Delay(pause);
}

}  // namespace evertoken
