#ifndef EVERTOKEN_SERVER_BROKER_CALL_OUTCOME_H_
#define EVERTOKEN_SERVER_BROKER_CALL_OUTCOME_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// What a call tells of the provider, as opposed to the grant that it was made for.
struct CallOutcome {
  enum class Kind {
    kWorks,  // it answered; that it refused the grant, or that the answer makes no sense, is this grant's matter
    kDown,           // unreachable, too slow, or a server error
    kThrottled,      // it answered that we ask too much
    kClientRefused,  // it refuses our OAuth client: nothing will be granted until an operator acts
    kNothingLearnt,  // nothing was sent, or the failure is not the provider's
  };

  Kind kind = Kind::kNothingLearnt;
  absl::Duration pause;  // how long the provider asks to be left alone; zero: it does not

  friend bool operator==(const CallOutcome&, const CallOutcome&) = default;
};

// From what ProviderApi answers. A status alone tells no pause but that of a throttled reply: where there is a result, give that.
CallOutcome OutcomeOf(const absl::Status& status);
CallOutcome OutcomeOf(const RenewalResult& result);
CallOutcome OutcomeOf(const ProfileResult& result);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_CALL_OUTCOME_H_
