#include "server/http/http_client.h"

namespace evertoken {

absl::string_view HttpReply::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool NeverReachedServer(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kPermissionDenied;
}

}  // namespace evertoken
