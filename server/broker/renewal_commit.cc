#include "server/broker/renewal_commit.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <utility>

#include "server/base/error.h"
#include "server/base/one_shot.h"

namespace evertoken {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(5);

bool IsStoreDown(const absl::Status& status) {
  return ReasonOf(status) == v1::ERROR_REASON_STORE_UNAVAILABLE;
}

std::shared_ptr<GrantSnapshot> Changed(const LoadedGrant& grant,
                                       const RenewalCommit::Change& change) {
  auto changed = std::make_shared<GrantSnapshot>(*grant.snapshot);
  change(&changed->grant);
  return changed;
}

}  // namespace

RenewalCommit::RenewalCommit(TokenStore* store, GrantRepository* grants, RequestContext context,
                             std::function<void(absl::Status)> on_delay)
    : store_(store),
      grants_(grants),
      context_(std::move(context)),
      on_delay_(std::move(on_delay)),
      pause_(kFirstPause) {}

Task<absl::StatusOr<RenewalCommit::End>> RenewalCommit::Write(LoadedGrant* grant, uint64_t fence,
                                                              int lost_answers, Change change) {
  for (;;) {
    std::shared_ptr<GrantSnapshot> changed = Changed(*grant, change);
    GrantWrite write = grants_->Encode(changed->grant);
    const uint64_t epoch = grants_->Epoch(grant->key);
    const uint64_t offered_over = grant->snapshot->version;
    absl::StatusOr<uint64_t> version = co_await store_->CommitRenewal(
        grant->key, fence, offered_over, lost_answers, std::move(write));
    if (version.ok()) {
      Accept(grant, std::move(changed), *version, epoch);
      co_return End::kWritten;
    }
    absl::Status failure = version.status();
    if (absl::IsAborted(failure)) {
      absl::StatusOr<End> end = co_await Reread(grant, changed);
      // Changed by somebody else under the same lease (a profile, a revocation): the change goes on top.
      const bool changed_meanwhile =
          end.ok() && *end == End::kLeaseLost && grant->snapshot->version != offered_over;
      if (changed_meanwhile) continue;
      if (end.ok()) co_return end;
      failure = end.status();
    }
    if (!IsStoreDown(failure)) co_return failure;
    co_await WaitForStore(*grant, std::move(failure));
  }
}

Task<absl::StatusOr<RenewalCommit::End>> RenewalCommit::Reread(
    LoadedGrant* grant, std::shared_ptr<const GrantSnapshot> offered) {
  absl::StatusOr<LoadedGrant> reread = co_await grants_->Reload(grant->key);
  if (ReasonOf(reread.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND) co_return End::kSlotGone;
  if (!reread.ok()) co_return reread.status();
  // An earlier offer may have been taken although its answer was lost.
  const bool taken =
      google::protobuf::util::MessageDifferencer::Equals(reread->grant(), offered->grant);
  // A version that went back was forgotten by the store, and what this process has read is newer.
  const bool forgotten = reread->snapshot->version < grant->snapshot->version;
  if (!forgotten) *grant = *std::move(reread);
  co_return taken ? End::kWritten : End::kLeaseLost;
}

Task<absl::StatusOr<RenewalCommit::End>> RenewalCommit::Create(LoadedGrant* grant, Change change) {
  for (;;) {
    std::shared_ptr<GrantSnapshot> changed = Changed(*grant, change);
    GrantWrite write = grants_->Encode(changed->grant);
    const uint64_t epoch = grants_->Epoch(grant->key);
    absl::Status created = co_await store_->CreateGrant(grant->key, std::move(write));
    if (created.ok()) {
      Accept(grant, std::move(changed), 1, epoch);
      co_return End::kWritten;
    }
    if (absl::IsAlreadyExists(created)) co_return End::kLeaseLost;
    if (!IsStoreDown(created)) co_return created;
    co_await WaitForStore(*grant, std::move(created));
  }
}

void RenewalCommit::Accept(LoadedGrant* grant, std::shared_ptr<GrantSnapshot> written,
                           uint64_t version, uint64_t epoch) {
  written->version = version;
  grant->snapshot = std::move(written);
  grants_->Remember(*grant, epoch);
}

Task<void> RenewalCommit::WaitForStore(LoadedGrant grant, absl::Status failure) {
  if (!told_) {
    told_ = true;
    Log(LogLevel::kError, "renewal_commit_waits", context_,
        {{"grant", grant.grant().grant_id()}, {"error", failure}});
    on_delay_(std::move(failure));
  }
  const absl::Duration pause = pause_;
  pause_ = std::min(pause_ * 2, kLongestPause);
  co_await Delay(pause);
}

}  // namespace evertoken
