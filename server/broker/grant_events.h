#ifndef EVERTOKEN_SERVER_BROKER_GRANT_EVENTS_H_
#define EVERTOKEN_SERVER_BROKER_GRANT_EVENTS_H_

#include <vector>

#include "absl/time/time.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "evertoken/storage/v1/grant_event.pb.h"

namespace evertoken {

// What a write that makes `after` of `before` has to tell of, in the order in which it happened. `before` is the record that the write
// replaces; the default instance: there was none. A function of these alone: offering the same outcome again over a record that already
// holds it tells nothing twice.
//
//  RENEWED               tokens of a later generation; a login is none
//  FAILING               the first failure of a row, and each change of its reason, that leaves the grant alive
//  USER_ACTION_REQUIRED  when the user has to act, also by signing in again because the grant became AMBIGUOUS
//  REVOKED, EXPIRED      when the grant ends so
//  EXPIRING_SOON         when the record is marked with an end of which the app is to be told
//
// A grant that no app has been given (`claimed`) has no events, nor has a companion.
std::vector<storage::v1::GrantEvent> EventsBetween(const storage::v1::Grant& before,
                                                   const storage::v1::Grant& after, absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_GRANT_EVENTS_H_
