#include "server/http/reply_assembler.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace evertoken {
namespace {

constexpr size_t kLargestHead = 64 << 10;

}  // namespace

ReplyAssembler::ReplyAssembler(size_t max_body) : max_body_(max_body) {}

bool ReplyAssembler::AddHeadLine(absl::string_view line) {
  head_bytes_ += line.size();
  if (head_bytes_ > kLargestHead) {
    too_large_ = true;
    return false;
  }
  line = absl::StripTrailingAsciiWhitespace(line);
  const size_t colon = line.find(':');
  if (absl::StartsWith(line, "HTTP/")) {
    reply_.headers.clear();  // those before belong to an interim reply (1xx)
  } else if (colon != absl::string_view::npos && colon > 0) {
    reply_.headers.emplace_back(absl::AsciiStrToLower(line.substr(0, colon)),
                                std::string(absl::StripAsciiWhitespace(line.substr(colon + 1))));
  }
  return true;
}

bool ReplyAssembler::AddBody(absl::string_view bytes) {
  if (bytes.size() > max_body_ - reply_.body.size()) {
    too_large_ = true;
    return false;
  }
  reply_.body.append(bytes.data(), bytes.size());
  return true;
}

}  // namespace evertoken
