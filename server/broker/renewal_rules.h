#ifndef EVERTOKEN_SERVER_BROKER_RENEWAL_RULES_H_
#define EVERTOKEN_SERVER_BROKER_RENEWAL_RULES_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "server/base/error.h"
#include "server/store/token_store.h"

// What a renewal attempt decides, as pure functions: policy here, mechanism in RenewalAttempt.
namespace evertoken {

// What may be done about a token whose last presentation has no known outcome.
enum class LostAnswer {
  kPresentAgain,  // harmless, inside the provider's grace, or the one more time that the entry allows
  kAmbiguous,     // never again: it may be spent, and presenting it could end the whole grant
};

// By the entry's lost_response_policy. `since_first` is the time since the token was first presented with unknown outcome,
// `presentations` how often that happened. A token goes out again in the first half of a grace only: the second half is for its way
// and for a provider that takes its time.
LostAnswer AfterLostAnswer(const config::v1::Provider& entry, absl::Duration since_first,
                           int presentations);

// How long the answer to one presentation is waited for, at most `timeout`. At a provider with a grace it is a quarter of that, so
// that there is time to ask again, also for another replica after a crash.
absl::Duration CallTimeout(const config::v1::Provider& entry, absl::Duration timeout);

// Whether presenting a token again is harmless at any time: then an attempt with a lost answer may simply be closed.
bool PresentingAgainIsHarmless(const config::v1::Provider& entry);

// Whether a refusal proves that the user's permission is gone although an earlier answer was lost: only where tokens are never
// replaced, because a replaced token is refused as well.
bool RefusalProvesTheEnd(const config::v1::Provider& entry);

// Writes new tokens, as the grant's next generation, the expiry they allow and a clean history into the grant. A companion's expiry
// follows its grant's instead.
void ApplyTokens(const config::v1::App& app, const config::v1::Provider& entry,
                 const storage::v1::ProviderTokens& tokens, absl::Time now,
                 storage::v1::Grant* grant);

// Brings what ApplyTokens made of a grant into the record that the slot holds now, which others may have changed in the meantime.
void ApplyRenewed(const storage::v1::Grant& renewed, storage::v1::Grant* grant);

// What a slot is to a renewed grant that wants to get into it.
enum class SlotPlace {
  kWaiting,  // its tokens are of an earlier generation, also because the store forgot later ones
  kTaken,    // these or later tokens are there
  kEnded,    // the grant was revoked or has expired meanwhile
};
SlotPlace PlaceFor(const storage::v1::Grant& renewed, const storage::v1::Grant& in_slot);

// Whether `written` is a result, renewed tokens or an end, that `read`, which the store gave later, does not know of.
bool IsMissing(const storage::v1::Grant& written, const storage::v1::Grant& read);

// Writes a failure with its ErrorReason into the grant. Only a terminal reason (revoked, expired, ambiguous) or "user must act"
// changes what the grant can do; everything else leaves it alive and failing (rule 6).
void ApplyFailure(const absl::Status& failure, absl::Time now, storage::v1::Grant* grant);

// Writes into the grant that it is over here, whatever the provider would say: what comes of a renewal that is under way is no one's.
void ApplyEnd(ErrorReason reason, absl::Time now, storage::v1::Grant* grant);

// Takes back what ApplyTokens did with tokens that turned out not to be the user's, or not usable: nobody gets the access token,
// and the expiry is that of `before`. The refresh token stays, being the only one that still works.
void WithdrawTokens(const storage::v1::Grant& before, const absl::Status& verdict, absl::Time now,
                    storage::v1::Grant* grant);

// The failure that a grant's history records, as its caller shall see it; OK when the last attempt succeeded.
absl::Status RecordedFailure(const storage::v1::Grant& grant, absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RENEWAL_RULES_H_
