#ifndef EVERTOKEN_SERVER_STORE_TOKEN_SEALER_H_
#define EVERTOKEN_SERVER_STORE_TOKEN_SEALER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace evertoken {

// Encrypts and authenticates what is stored. Thread-safe.
class TokenSealer {
 public:
  virtual ~TokenSealer() = default;

  // Seals `plaintext` to its place: Open succeeds only with the same `context`. The result names the key and is never the
  // same twice.
  virtual std::string Seal(absl::string_view plaintext, absl::string_view context) const = 0;

  // FAILED_PRECONDITION when the record's key is not in the key ring (the message names the key id), DATA_LOSS when the
  // record does not belong to `context` or was changed.
  virtual absl::StatusOr<Secret> Open(absl::string_view sealed,
                                      absl::string_view context) const = 0;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_TOKEN_SEALER_H_
