#include "server/base/request_context.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "server/base/ids.h"

namespace evertoken {
namespace {

constexpr size_t kLongestRequestId = 64;
constexpr size_t kRandomRequestIdBytes = 12;

// version "-" trace-id "-" parent-id "-" trace-flags (W3C Trace Context section 3.2)
constexpr size_t kTraceparentSize = 55;

bool IsRequestId(absl::string_view text) {
  return !text.empty() && text.size() <= kLongestRequestId &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
         });
}

bool IsLowerHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isxdigit(c) && !absl::ascii_isupper(c);
  });
}

bool IsZero(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

absl::string_view TraceIdOf(absl::string_view traceparent) {
  if (traceparent.size() < kTraceparentSize) return {};
  const absl::string_view version = traceparent.substr(0, 2);
  const absl::string_view trace_id = traceparent.substr(3, 32);
  const absl::string_view parent_id = traceparent.substr(36, 16);
  const absl::string_view flags = traceparent.substr(53, 2);
  if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return {};
  for (absl::string_view part : {version, trace_id, parent_id, flags}) {
    if (!IsLowerHex(part)) return {};
  }
  if (version == "ff" || IsZero(trace_id) || IsZero(parent_id)) return {};
  // Later versions may append fields behind another dash; version 00 has none.
  const absl::string_view rest = traceparent.substr(kTraceparentSize);
  if (!rest.empty() && (version == "00" || rest[0] != '-')) return {};
  return trace_id;
}

}  // namespace

RequestContext MakeRequestContext(absl::string_view x_request_id, absl::string_view traceparent) {
  RequestContext context;
  context.request_id =
      IsRequestId(x_request_id) ? std::string(x_request_id) : RandomToken(kRandomRequestIdBytes);
  context.trace_id = std::string(TraceIdOf(traceparent));
  return context;
}

}  // namespace evertoken
