#ifndef EVERTOKEN_SERVER_STORE_SLOT_RULES_H_
#define EVERTOKEN_SERVER_STORE_SLOT_RULES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/store/token_store.h"

// What each operation of TokenStore does to one slot, for the stores that run in this process. The caller holds the slot alone
// while a function runs, passes one `now`, and keeps the changed state when the function succeeds. An error changes nothing.
namespace evertoken {

// Everything a grant's slot holds.
struct GrantState {
  std::string app;
  std::string record;
  uint64_t version = 0;
  uint64_t fence = 0;                // newest one given out
  std::optional<std::string> owner;  // set while `fence` is neither committed nor abandoned
  absl::Time lease_end = absl::InfinitePast();
  int lost_answers = 0;   // of the open attempt, the holder's own included; 0: none is open
  int found_answers = 0;  // those of them that the holder found
  absl::Time attempt_time = absl::InfinitePast();
  absl::Time deadline;
  std::optional<absl::Time> due;
};

GrantState NewGrant(GrantWrite write, absl::Time now);
GrantSlot SlotOf(const GrantState& state, absl::Time now);
absl::StatusOr<uint64_t> WriteGrant(GrantState* state, uint64_t expected_version, GrantWrite write,
                                    absl::Time now);
RenewalLease BeginRenewal(GrantState* state, std::string owner, absl::Duration duration,
                          absl::Time now);
absl::Status ExtendLease(GrantState* state, uint64_t fence, absl::Duration duration,
                         absl::Time now);
absl::Status PresentAgain(GrantState* state, uint64_t fence, absl::Duration duration,
                          absl::Time now);
absl::StatusOr<uint64_t> CommitRenewal(GrantState* state, uint64_t fence, uint64_t expected_version,
                                       int lost_answers, GrantWrite write, absl::Time now);
absl::Status AbandonRenewal(GrantState* state, uint64_t fence);

// Everything a ticket's slot holds.
struct TicketState {
  std::string owner;
  std::string record;
  bool spent = false;
  absl::Time deadline;
};

TicketState NewTicket(std::string owner, std::string record, absl::Duration ttl, absl::Time now);

// Sets the deadline of a ticket that is spent for the first time to the end of its replay window.
absl::StatusOr<Ticket> SpendTicket(TicketState* state, absl::string_view owner,
                                   absl::Duration replay_window, absl::Time now);

// A duration as stores can count it: from 1 ms to 100 years.
absl::Duration StorableDuration(absl::Duration duration);

// OpenAttempt::age from what the store's clock says. Below zero the clock was set back, or a replica with another one took over: how
// old the attempt is cannot be told, and so no grace holds.
absl::Duration AttemptAge(absl::Duration age);

// GrantWrite::due_in as stores count it: from nothing to a year.
absl::Duration DueDuration(absl::Duration due_in);

// The statuses that operations answer with, the same in every store.
absl::Status NoSuchGrant();
absl::Status NoSuchTicket();
absl::Status SlotInUse();
absl::Status OtherVersion();
absl::Status FenceNotCurrent();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SLOT_RULES_H_
