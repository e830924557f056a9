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
#include "server/broker/grant_repository.h"
#include "server/broker/renewal_commit.h"
#include "server/provider/provider_api.h"
#include "server/store/token_store.h"

namespace evertoken {

// The holder's part of the renewal protocol (see Renewer): take the lease, settle what an earlier holder left open, ask the
// provider, commit. One object, one run; belongs to one executor.
class RenewalAttempt {
 public:
  struct Parts {
    Executor* executor = nullptr;
    TokenStore* store = nullptr;
    GrantRepository* grants = nullptr;
    ProviderApi* providers = nullptr;
    const Clock* clock = nullptr;
  };

  struct Outcome {
    LoadedGrant grant;
    bool renewed =
        false;  // whether the provider was asked, by this attempt or by the holder it waited for
    bool joined = false;  // the latter
    LoadedGrant
        before;  // what the slot held when this attempt asked the provider; empty when it did not
  };

  enum class Cause {
    kAsked,         // a renewal that just finished serves as well
    kTokenRefused,  // the provider refused the access token of `grant`: only another one serves
  };

  // `on_delay` is called once if the commit has to wait for the store, so that callers can be told before it is done.
  RenewalAttempt(Parts parts, const config::v1::App* app, RequestContext context,
                 ProviderBinding binding, LoadedGrant grant, Cause cause,
                 std::function<void(absl::Status)> on_delay);

  // To be awaited once; the object must outlive it.
  Task<absl::StatusOr<Outcome>> Run();

 private:
  using Result = absl::StatusOr<Outcome>;

  // Waits until this attempt holds the lease. `waited_` tells whether somebody else held it first.
  Task<absl::Status> TakeLease();
  // Whether the slot still holds the access token that the provider refused.
  bool HoldsRefusedToken() const;
  // Whether the slot, as found, already answers the question. Then nothing is to be asked.
  bool AnsweredBySlot(Result* answer) const;
  // Frees the lease without a write and passes `answer` on.
  Task<Result> Abandon(Result answer);
  // Presents the token, as often as the entry allows after lost answers, and commits what came of it.
  Task<Result> AskProvider();
  // Commits what the provider said, or that it was never reached. `lost`: how many presentations of this token have no answer.
  Task<Result> Settle(RenewalResult reply, int lost);
  Task<Result> CommitTokens(storage::v1::ProviderTokens tokens);
  Task<Result> CommitFailure(absl::Status failure, int lost, bool unclear);

  // What a slot is to a holder of new tokens that lost its lease.
  enum class Slot {
    kLeased,   // the lease is held again, and the slot waits for these tokens
    kWritten,  // the store had forgotten the grant, and it was made anew with these tokens
    kNewer,    // the lease is held again, but somebody else's newer tokens are there
  };
  // Takes the lease again, after whoever holds it now, to bring new tokens home: tokens whose predecessor the slot still holds, or
  // that a failover of the store forgot, must not be lost (rule 2).
  Task<absl::StatusOr<Slot>> Regain(RenewalCommit::Change change);
  // What to tell when somebody else took over and there is nothing to bring home.
  Task<Result> Overtaken();
  // Tokens for a grant that was ended meanwhile are ended too: nobody else knows them.
  Task<Result> AfterCommit(storage::v1::ProviderTokens tokens);

  const Parts parts_;
  const config::v1::App* const app_;
  const RequestContext context_;
  const ProviderBinding binding_;

  const std::optional<Secret> refused_token_;
  LoadedGrant current_;
  RenewalCommit commit_;
  uint64_t fence_ = 0;
  bool waited_ = false;
  absl::Time known_attempt_;          // last attempt that the grant showed when we came
  std::optional<OpenAttempt> found_;  // left open by an earlier holder
  Secret presented_;                  // the credential of this attempt
  LoadedGrant begun_with_;            // the grant it belongs to
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RENEWAL_ATTEMPT_H_
