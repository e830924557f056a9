#ifndef EVERTOKEN_SERVER_RPC_FIELD_CHECKS_H_
#define EVERTOKEN_SERVER_RPC_FIELD_CHECKS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "google/protobuf/timestamp.pb.h"
#include "server/base/error.h"

namespace evertoken {

// Checks the fields of one request and collects everything that is wrong. Descriptions never repeat
// a value.
class FieldChecks {
 public:
  enum class Presence { kRequired, kOptional };

  // A GUID in either case; written in lower case from then on.
  void AccessToken(std::string* token);

  // Kebab-case, at most 64 bytes. Required.
  void ProviderId(absl::string_view field, absl::string_view id);

  // Printable ASCII (what RFC 6749 appendix A calls VSCHAR), at most `longest` bytes.
  void Token(absl::string_view field, absl::string_view value, Presence presence, size_t longest);

  // Any text without control characters, at most 512 bytes. Optional.
  void Text(absl::string_view field, absl::string_view value);

  // An absolute URI of at most 2048 bytes without fragment (RFC 6749 section 3.1.2). Required.
  void RedirectUri(absl::string_view field, absl::string_view uri);

  // A PKCE verifier (RFC 7636 section 4.1). Optional.
  void CodeVerifier(absl::string_view field, absl::string_view verifier);

  // A compact JWS of at most 16384 bytes (RFC 7515 section 7.1), by its characters and dots.
  // Required.
  void IdToken(absl::string_view field, absl::string_view token);

  // At most 50 scopes as RFC 6749 section 3.3 writes them, at most 256 bytes each.
  void Scopes(absl::string_view field,
              const google::protobuf::RepeatedPtrField<std::string>& scopes);

  // Well-formed, and between 0 and `longest`.
  void Duration(absl::string_view field, const google::protobuf::Duration& duration,
                absl::Duration longest);

  // Well-formed: the years 1 to 9999.
  void Timestamp(absl::string_view field, const google::protobuf::Timestamp& time);

  void Violation(absl::string_view field, absl::string_view description);

  // OK, or REQUEST_INVALID with every violation.
  absl::Status Result() const;

 private:
  std::vector<FieldViolation> violations_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_FIELD_CHECKS_H_
