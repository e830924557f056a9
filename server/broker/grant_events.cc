#include "server/broker/grant_events.h"

#include "evertoken/v1/token_service.pb.h"
#include "server/base/error.h"
#include "server/base/proto_time.h"

namespace evertoken {
namespace {

using storage::v1::Grant;
using storage::v1::GrantEvent;

// UNSPECIFIED: nobody is told that a grant got into this state.
v1::GrantEventType TypeOfEntry(v1::GrantState state) {
  switch (state) {
    case v1::GRANT_STATE_USER_ACTION_REQUIRED:
    case v1::GRANT_STATE_AMBIGUOUS:
      return v1::GRANT_EVENT_TYPE_USER_ACTION_REQUIRED;
    case v1::GRANT_STATE_REVOKED:
      return v1::GRANT_EVENT_TYPE_REVOKED;
    case v1::GRANT_STATE_EXPIRED:
      return v1::GRANT_EVENT_TYPE_EXPIRED;
    default:
      return v1::GRANT_EVENT_TYPE_UNSPECIFIED;
  }
}

GrantEvent EventOf(const Grant& grant, v1::GrantEventType type,
                   const google::protobuf::Timestamp& time) {
  GrantEvent event;
  event.set_grant_id(grant.grant_id());
  event.set_type(type);
  *event.mutable_event_time() = time;
  event.set_provider(grant.provider());
  event.set_subject(grant.subject());
  return event;
}

GrantEvent BadNews(const Grant& grant, v1::GrantEventType type, absl::Time now) {
  const storage::v1::RenewalHistory& history = grant.renewal();
  GrantEvent event =
      EventOf(grant, type,
              history.has_last_attempt_time() ? history.last_attempt_time() : ToTimestamp(now));
  event.set_failure_reason(history.failure_reason());
  return event;
}

// Not so for an earlier end, whose mark came along with a record that was put back.
bool IsMarked(const Grant& grant, const google::protobuf::Timestamp& marked_end) {
  return marked_end.seconds() != 0 &&
         FromTimestamp(marked_end) == FromTimestamp(grant.expire_time());
}

}  // namespace

std::vector<GrantEvent> EventsBetween(const Grant& before, const Grant& after, absl::Time now) {
  std::vector<GrantEvent> events;
  if (!after.claimed() || !after.of_slot().empty()) return events;
  // Of what happened before an app was given the grant, nobody has been told.
  const Grant& told = before.claimed() ? before : Grant::default_instance();
  const bool renewed = after.tokens().generation() > before.tokens().generation();
  if (renewed) {
    const storage::v1::RenewalHistory& history = after.renewal();
    // A result may come home long after the provider gave it.
    events.push_back(
        EventOf(after, v1::GRANT_EVENT_TYPE_RENEWED,
                history.has_last_success_time() ? history.last_success_time() : ToTimestamp(now)));
  }
  const v1::GrantEventType entry = TypeOfEntry(after.state());
  const bool entered = renewed || after.state() != told.state();
  const bool new_reason =
      renewed || after.renewal().failure_reason() != told.renewal().failure_reason();
  if (entry != v1::GRANT_EVENT_TYPE_UNSPECIFIED) {
    if (entered) events.push_back(BadNews(after, entry, now));
  } else if (after.state() == v1::GRANT_STATE_FAILING && new_reason) {
    events.push_back(BadNews(after, v1::GRANT_EVENT_TYPE_FAILING, now));
  }
  // Marked in one write, so told by one.
  const bool announced =
      IsMarked(after, after.announced_expire_time()) &&
      FromTimestamp(after.announced_expire_time()) != FromTimestamp(before.announced_expire_time());
  if (announced) {
    events.push_back(EventOf(after, v1::GRANT_EVENT_TYPE_EXPIRING_SOON, ToTimestamp(now)));
  }
  const bool over =
      IsMarked(after, after.told_expire_time()) &&
      FromTimestamp(after.told_expire_time()) != FromTimestamp(before.told_expire_time());
  if (over) {
    events.push_back(EventOf(after, v1::GRANT_EVENT_TYPE_EXPIRED, after.told_expire_time()));
    events.back().set_failure_reason(ReasonName(v1::ERROR_REASON_TOKEN_EXPIRED));
  }
  return events;
}

}  // namespace evertoken
