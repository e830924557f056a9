#ifndef EVERTOKEN_SERVER_BROKER_RENEWAL_ATTEMPT_H_
#define EVERTOKEN_SERVER_BROKER_RENEWAL_ATTEMPT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/base/task.h"
#include "server/broker/call_outcome.h"
#include "server/broker/grant_repository.h"
#include "server/broker/homecoming.h"
#include "server/broker/provider_guard.h"
#include "server/broker/recent_results.h"
#include "server/broker/renewal_commit.h"
#include "server/broker/slot_lease.h"
#include "server/provider/provider_api.h"
#include "server/store/journal/result_journal.h"
#include "server/store/token_store.h"

namespace evertoken {

// The holder's part of the renewal protocol (ARCHITECTURE.md): take the lease, settle what an earlier holder left open, ask the
// provider, bring the outcome into the slot. One object, one run; belongs to one executor.
class RenewalAttempt {
 public:
  struct Parts {
    Executor* executor = nullptr;
    TokenStore* store = nullptr;
    GrantRepository* grants = nullptr;
    ProviderApi* providers = nullptr;
    ResultJournal* journal = nullptr;
    RecentResults* recent = nullptr;
    ProviderGuard* guard = nullptr;
    const Clock* clock = nullptr;
    LeaseTerms lease;
  };

  struct Outcome {
    LoadedGrant grant;
    // Whether the provider was asked, by this attempt or by the holder it waited for.
    bool renewed = false;
    bool joined = false;  // the latter
    // What the slot held when this attempt asked the provider; empty when it did not.
    LoadedGrant before;
  };

  enum class Cause {
    kAsked,         // a renewal that just finished serves as well
    kTokenRefused,  // the provider refused the access token of `grant`: only another one serves
    kDue,           // no caller: any renewal that finished since `grant` was read serves
  };

  // `permit`: to ask the provider, if the caller has one already. `on_delay` is called once if the work has to wait for the store,
  // so that callers can be told before it is done.
  RenewalAttempt(Parts parts, const config::v1::App* app, RequestContext context,
                 ProviderBinding binding, LoadedGrant grant, Cause cause,
                 std::optional<ProviderGuard::Permit> permit,
                 std::function<void(absl::Status)> on_delay);

  // To be awaited once; the object must outlive it.
  Task<absl::StatusOr<Outcome>> Run();

 private:
  using Result = absl::StatusOr<Outcome>;

  // Gets the permit to ask the provider. Before the lease, because the wait in line may be long.
  Task<absl::Status> Admit();
  // Nullopt: this attempt holds the lease. Else somebody else's attempt gave the answer, or there is none to be had.
  Task<std::optional<Result>> TakeLease();
  // Waits until the slot that another holds is free or answers the question.
  Task<std::optional<Result>> AwaitHolder(absl::Duration held_for);
  // Whether the slot, as found, already answers the question. Then nothing is to be asked.
  std::optional<Result> AnswerOfSlot() const;
  // Whether the slot still holds the access token that the provider refused.
  bool HoldsRefusedToken() const;
  // Frees the lease without a write and passes `answer` on.
  Task<Result> Abandon(Result answer);

  // Presents the token, as often as the entry allows after lost answers, and commits what came of it.
  Task<Result> AskProvider();
  // What makes the presentation that comes next safe: the lease covers it, and it is written ahead where its number counts.
  Task<absl::Status> CoverPresentation();
  // Since the first presentation of this token whose answer is unknown.
  absl::Duration SinceFirstPresentation() const;
  bool MayBeAskedAgain(const RenewalResult& reply) const;
  // Tells the guard what the last call taught, and frees its slot: the work that follows is the store's.
  void ReportCall();
  // Could not prove the lease before a presentation.
  Task<Result> NotCovered(absl::Status why);

  // Commits what the provider said, or that it was never reached.
  Task<Result> Settle(RenewalResult reply);
  Task<Result> CommitTokens(storage::v1::ProviderTokens tokens);
  // The store forgot `known`, which this process has written: puts it back instead of asking with a token that is spent.
  Task<Result> PutBack(std::shared_ptr<const GrantSnapshot> known);
  Task<Homecoming::End> BringHome(storage::v1::RenewedGrant renewed);
  // `lost`: presentations that stay open.
  Task<Result> CommitFailure(absl::Status failure, int lost, bool unclear);
  // What to tell when somebody else took over and there is nothing to bring home.
  Task<Result> Overtaken();
  // Tokens for a grant that was ended meanwhile are ended too: nobody else knows them.
  Task<Result> RevokeHomeless(storage::v1::ProviderTokens tokens);
  Task<void> Tell(absl::Status delay);

  const Parts parts_;
  const config::v1::App* const app_;
  const RequestContext context_;
  const ProviderBinding binding_;
  const Cause cause_;
  const std::function<void(absl::Status)> on_delay_;

  const std::optional<Secret> refused_token_;
  LoadedGrant current_;
  SlotLease lease_;
  RenewalCommit commit_;
  std::optional<ProviderGuard::Permit> permit_;
  bool told_ = false;
  bool waited_ = false;           // whether somebody else held the slot first
  const int64_t known_attempts_;  // finished ones that the grant showed when we came

  std::optional<OpenAttempt> found_;  // left open by an earlier holder
  absl::Duration taken_;              // own time since boot, before the lease was asked for
  int lost_ = 0;  // presentations of this token without an answer, earlier holders' included
  int presentations_ = 0;  // by this attempt
  bool unclear_ = false;   // whether one of them had an answer that tells nothing of the token
  CallOutcome learnt_;     // of the provider, by the last of them
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RENEWAL_ATTEMPT_H_
