#ifndef EVERTOKEN_SERVER_BROKER_AGENDA_H_
#define EVERTOKEN_SERVER_BROKER_AGENDA_H_

#include <optional>

#include "absl/time/time.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "evertoken/storage/v1/grant.pb.h"

// When a grant is to be tended without a caller, as pure functions. Chance in them is drawn from the grant itself, so that whoever
// asks, and when, gets the same time for the same record.
namespace evertoken {

// A grant that waits for its user is looked at so often: the user may have acted at the provider.
constexpr absl::Duration kUserActionInterval = absl::Hours(24);
// Renewals that nobody asked for have at least so much between them, however short the provider's tokens live.
constexpr absl::Duration kShortestInterval = absl::Seconds(30);

// A grant whose app or entry a replica does not know is looked at again so soon: another replica, or this one after its next start, may
// know it.
constexpr absl::Duration kLookAgainUnconfigured = absl::Minutes(5);

// When the grant is to be renewed without a caller; a time that has passed is now. Nullopt: not at all, as the record stands.
//
// Of apps with `keep_alive: proactive`: before the first of its ends that a renewal can move (the provider's access and refresh
// token, our access token), or when the entry's keep_alive_interval is over; not before the entry's minimum_age. After a failure
// when its waiting time is over. Never where the entry is `lazy`.
// `attempt_open`: an answer of the provider is unknown and nobody waits for it. That is settled for every app and entry, now or when
// the failure's waiting time is over. The end of our access token is not a companion's to move.
std::optional<absl::Time> NextRenewal(const config::v1::App& app, const config::v1::Provider& entry,
                                      const storage::v1::Grant& grant, bool attempt_open,
                                      absl::Time now);

// The app is told that a grant ends this part of its life before the end, and at most so long.
constexpr double kNoticeFraction = 0.1;
constexpr absl::Duration kLongestNotice = absl::Hours(72);

// When the app is to be told that the grant ends soon and that no renewal, whoever asks for it, can change it: nothing can be renewed,
// or `absolute_lifetime` or the provider's own deadline is its end. A time that has passed is now. Nullopt: not at all, as of
// companions, or it was told of this end.
std::optional<absl::Time> NextAnnouncement(const config::v1::App& app,
                                           const config::v1::Provider& entry,
                                           const storage::v1::Grant& grant, absl::Time now);

// The clocks of replicas differ by so much without being wrong: an end is told only after it.
constexpr absl::Duration kAfterTheEnd = absl::Seconds(1);

// When the app is to be told that the grant's expire_time has passed: right after it, for those that are visited anyway, because their
// app is `proactive` or their end was announced. Nullopt: not at all, or it was told of this end.
std::optional<absl::Time> NextEndNotice(const config::v1::App& app,
                                        const storage::v1::Grant& grant);

// When the app is to be told something: the earlier of these two.
std::optional<absl::Time> NextNotice(const config::v1::App& app, const config::v1::Provider& entry,
                                     const storage::v1::Grant& grant, absl::Time now);

// When the access token is to be looked at (Introspection), whatever the app: every `interval` where the provider wants that, and at once
// where neither reply nor entry told its end. A time that has passed is now. Nullopt: not at all.
std::optional<absl::Time> NextLook(const config::v1::Provider& entry,
                                   const storage::v1::Grant& grant, absl::Time now);

// When a companion is to be held against its grant, whose end may have moved: when that is over as last known. Nullopt: not at all.
std::optional<absl::Time> NextFollowing(const storage::v1::Grant& grant);

// When the grant is to be tended, for whichever reason: the earliest of all. What is open is settled before anything is told.
std::optional<absl::Time> NextVisit(const config::v1::App& app, const config::v1::Provider& entry,
                                    const storage::v1::Grant& grant, bool attempt_open,
                                    absl::Time now);

// How long a grant that cannot be renewed now may wait, where nobody asked for more: half of what is left of it, so that it is tried
// again before it ends, however often that fails; at least a second. Infinite when no end lies ahead.
absl::Duration LongestPutOff(const storage::v1::Grant& grant, absl::Time now);

// To be called for a failure that was recorded at `now` in a renewal without a caller: where the provider named no waiting time the
// server's own backoff is written into the history. Callers may ask before.
void SetOwnBackoff(absl::Time now, storage::v1::Grant* grant);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_AGENDA_H_
