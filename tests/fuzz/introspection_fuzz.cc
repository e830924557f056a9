// What a provider answers when an access token is looked at: first line the status, the rest the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/provider/introspection_reply.h"
#include "tests/fuzz/fuzz_entry.h"

namespace evertoken {
namespace {

void ReadAnswer(absl::string_view input) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(input, absl::MaxSplits('\n', 1));
  HttpReply reply;
  if (!absl::SimpleAtoi(parts.first, &reply.status)) reply.status = 200;
  reply.body = std::string(parts.second);
  const absl::Time now = absl::FromUnixSeconds(1900000000);
  const IntrospectionResult result = ReadIntrospection(FuzzEntry(), reply, now, now);
  // Only a token of one of our clients is a good one; a backslash may write the name in another way.
  const bool names_us = absl::StrContains(parts.second, "client") ||
                        absl::StrContains(parts.second, "native") ||
                        absl::StrContains(parts.second, "\\");
  if (result.status.ok() && !names_us) std::abort();
  if (!result.client_id.empty() && result.client_id != "native") std::abort();
}

}  // namespace
}  // namespace evertoken

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  evertoken::ReadAnswer(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
