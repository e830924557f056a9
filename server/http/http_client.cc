#include "server/http/http_client.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace evertoken {
namespace {

bool IsToken(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("!#$%&'*+-.^_`|~", static_cast<char>(c));
  });
}

}  // namespace

bool IsWellFormed(const HttpRequest& request) {
  const std::string forbidden("\r\n\0", 3);
  return IsToken(request.method) &&
         std::all_of(request.headers.begin(), request.headers.end(),
                     [&forbidden](const auto& header) {
                       return IsToken(header.first) &&
                              header.second.find_first_of(forbidden) == std::string::npos;
                     });
}

absl::string_view HttpReply::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool NeverReachedServer(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kPermissionDenied;
}

}  // namespace evertoken
