#ifndef EVERTOKEN_SERVER_HTTP_REPLY_ASSEMBLER_H_
#define EVERTOKEN_SERVER_HTTP_REPLY_ASSEMBLER_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "server/http/http_client.h"

namespace evertoken {

// Puts a reply together from what comes over the wire, and stops at the caps: 64 KiB of head, `max_body` bytes of body.
class ReplyAssembler {
 public:
  explicit ReplyAssembler(size_t max_body);

  // False when a cap is reached: nothing more is to be read.
  bool AddHeadLine(absl::string_view line);
  bool AddBody(absl::string_view bytes);

  bool too_large() const { return too_large_; }
  // Without status and round trip.
  HttpReply* reply() { return &reply_; }

 private:
  const size_t max_body_;
  size_t head_bytes_ = 0;
  bool too_large_ = false;
  HttpReply reply_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_HTTP_REPLY_ASSEMBLER_H_
