#ifndef EVERTOKEN_SERVER_HTTP_EGRESS_POLICY_H_
#define EVERTOKEN_SERVER_HTTP_EGRESS_POLICY_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace evertoken {

// Which addresses this server may call: only origins that the catalogue, an app's instance parameters or a discovery document
// named, so that no request can point it at an address of its choice. Thread-safe.
class EgressPolicy {
 public:
  // `allow_insecure_loopback`: http:// is permitted for 127.0.0.0/8, [::1] and localhost.
  explicit EgressPolicy(bool allow_insecure_loopback);

  // Permits the origin (scheme, host, port) of `url`. INVALID_ARGUMENT, with the reason, for anything but https (or loopback
  // http where allowed), for user info, and for a URL that does not parse.
  absl::Status Allow(absl::string_view url);

  // The same for a URL that a document of `source` (a URL that was permitted) names. INVALID_ARGUMENT also for a host that is an
  // address, however it is spelled, or this machine (localhost), unless it is the host of `source`; and for http unless `source` is
  // http: a document must not lead into the network that this server stands in.
  absl::Status AllowNamedBy(absl::string_view source, absl::string_view url);

  // PERMISSION_DENIED unless the origin of `url` was permitted. The message names the origin only.
  absl::Status Check(absl::string_view url) const;

 private:
  absl::StatusOr<std::string> OriginOf(absl::string_view url) const;

  const bool allow_insecure_loopback_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_set<std::string> origins_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_HTTP_EGRESS_POLICY_H_
