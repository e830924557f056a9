#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_TROUBLE_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_TROUBLE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace evertoken::hostile {

// Where troubles happen.
enum class Endpoint { kToken, kUserInfo, kRevoke, kKeys, kDiscovery };

// What goes wrong with one request. "Done" means that the request had its effect: at the token endpoint, that the token or the
// code was spent.
enum class Fault {
  kNone,
  kRequestLost,    // never done; the connection ends without a word
  kReplyLost,      // done; the connection ends without a word
  kHalfBody,       // done; the connection ends in the middle of the body
  kHalfJson,       // done; a whole HTTP reply with half of the JSON
  kWrongType,      // done; the right body with Content-Type text/html
  kHugeBody,       // done; the right JSON, made longer than any client should read
  kEmptyBody,      // 200 with nothing
  kHtml,           // 200 with a web page
  kErrorWith200,   // 200 with `error` inside
  kStatus,         // `status`, with `error` as OAuth writes it, or with a gateway's web page
  kRedirect,       // 302
  kInvalidClient,  // 401 invalid_client
};

struct Trouble {
  Fault fault = Fault::kNone;
  // Whether the request is done although its answer does not say so. Only from kEmptyBody on can it be chosen; unset: done
  // for kEmptyBody and kHtml, not done for the others.
  std::optional<bool> done = std::nullopt;
  // Between the arrival of the request and its effect, and between the effect and the reply.
  absl::Duration delay_before = absl::ZeroDuration();
  absl::Duration delay_after = absl::ZeroDuration();

  int status = 503;  // of kStatus
  // OAuth error code of kStatus and kErrorWith200. Empty: a web page, or server_error.
  std::string error = "";
  // Added to the reply, names in lower case: retry-after with any words, rate limit headers.
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Retry-After as an HTTP date, so far from now.
  std::optional<absl::Duration> retry_after_date_in = std::nullopt;
};

// Whether a request that meets this trouble has its effect.
inline bool IsDone(const Trouble& trouble) {
  switch (trouble.fault) {
    case Fault::kRequestLost:
      return false;
    case Fault::kNone:
    case Fault::kReplyLost:
    case Fault::kHalfBody:
    case Fault::kHalfJson:
    case Fault::kWrongType:
    case Fault::kHugeBody:
      return true;
    case Fault::kEmptyBody:
    case Fault::kHtml:
      return trouble.done.value_or(true);
    case Fault::kErrorWith200:
    case Fault::kStatus:
    case Fault::kRedirect:
    case Fault::kInvalidClient:
      return trouble.done.value_or(false);
  }
  return true;
}

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_TROUBLE_H_
