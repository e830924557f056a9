#ifndef EVERTOKEN_SERVER_PROVIDER_SECRET_JWT_H_
#define EVERTOKEN_SERVER_PROVIDER_SECRET_JWT_H_

#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/secret.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Makes the client secrets that are JWTs signed by us (`jwt_as_secret`). One is used for half of its life. Belongs to one executor.
class SecretJwtSigner {
 public:
  // `clock` must outlive the object.
  explicit SecretJwtSigner(const Clock* clock) : clock_(clock) {}

  // PROVIDER_MISCONFIGURED when the client's key cannot sign or a placeholder has no value.
  absl::StatusOr<Secret> For(const ProviderBinding& binding);

 private:
  struct Made {
    std::string
        from;  // what it was made of but its times: another answer is wanted when that changes
    Secret key;
    Secret jwt;
    absl::Time begin;
    absl::Time use_until;
  };

  const Clock* const clock_;
  std::map<std::pair<std::string, std::string>, Made> made_;  // by provider and client id
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_SECRET_JWT_H_
