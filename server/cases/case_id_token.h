#ifndef EVERTOKEN_SERVER_CASES_CASE_ID_TOKEN_H_
#define EVERTOKEN_SERVER_CASES_CASE_ID_TOKEN_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/secret.h"
#include "server/cases/case_file.h"

namespace evertoken {

// The ID token that a case describes in `id_token`, signed as the provider would: by the case's key (ES256) or by the secret of the
// case's client (HS256). INVALID_ARGUMENT says what is wrong in the case.
absl::StatusOr<Secret> SignedIdToken(const ProviderCase& played, absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_CASE_ID_TOKEN_H_
