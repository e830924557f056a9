#ifndef EVERTOKEN_SERVER_BASE_PROTO_TIME_H_
#define EVERTOKEN_SERVER_BASE_PROTO_TIME_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "absl/time/time.h"

namespace evertoken {

// Both clamp to what the protocol can hold (years 1 to 9999, ±10,000 years).
google::protobuf::Timestamp ToTimestamp(absl::Time time);
google::protobuf::Duration ToDuration(absl::Duration duration);

absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp);
absl::Duration FromDuration(const google::protobuf::Duration& duration);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_PROTO_TIME_H_
