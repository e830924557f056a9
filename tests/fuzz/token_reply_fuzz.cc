// A token endpoint's reply: first line the status and Content-Type, the rest the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/provider/reply_classifier.h"
#include "server/provider/token_merge.h"
#include "server/provider/token_reply.h"
#include "tests/fuzz/fuzz_entry.h"

namespace evertoken {
namespace {

void ReadReply(absl::string_view input) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(input, absl::MaxSplits('\n', 1));
  const std::pair<absl::string_view, absl::string_view> line =
      absl::StrSplit(parts.first, absl::MaxSplits(' ', 1));
  HttpReply reply;
  if (!absl::SimpleAtoi(line.first, &reply.status)) reply.status = 200;
  reply.headers = {{"content-type", std::string(line.second)},
                   {"retry-after", std::string(line.second)}};
  reply.body = std::string(parts.second);
  const ProviderBinding& binding = FuzzEntry();
  const config::v1::Provider::TokenReply& format = binding.entry->token().reply();
  const absl::Time now = absl::FromUnixSeconds(1900000000);
  const std::shared_ptr<const JsonDocument> body = ParseTokenBody(format, reply);
  for (const ReplyPlace place : {ReplyPlace::kRedemption, ReplyPlace::kRenewal,
                                 ReplyPlace::kProfile, ReplyPlace::kRevocation}) {
    ClassifyReply(binding, place, reply, body.get(), now);
  }
  if (body == nullptr) return;
  storage::v1::ProviderTokens old;
  old.set_refresh_token("old");
  absl::StatusOr<storage::v1::ProviderTokens> tokens =
      ReadTokenReply(binding, format, body->root(), now, "old");
  if (!tokens.ok()) return;
  const storage::v1::ProviderTokens merged = MergeTokens(*binding.entry, old, *std::move(tokens));
  // An access token may be missing where another refresh token came, which must not be lost.
  const bool replaced = merged.refresh_token() != "old";
  if (merged.refresh_token().empty() || (merged.access_token().empty() && !replaced)) std::abort();
}

}  // namespace
}  // namespace evertoken

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  evertoken::ReadReply(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
