#ifndef EVERTOKEN_SERVER_PROVIDER_CODE_REDEMPTION_H_
#define EVERTOKEN_SERVER_PROVIDER_CODE_REDEMPTION_H_

#include "absl/status/statusor.h"
#include "server/base/task.h"
#include "server/provider/provider_types.h"
#include "server/provider/token_endpoint.h"

namespace evertoken {

// Swaps an authorization code for the first tokens, the entry's second exchange included. Belongs to one executor.
class CodeRedeemer {
 public:
  // `endpoint` must outlive the object.
  explicit CodeRedeemer(TokenEndpoint* endpoint);

  Task<absl::StatusOr<storage::v1::ProviderTokens>> Redeem(ProviderBinding binding,
                                                           CodeRedemption redemption);

 private:
  Task<absl::StatusOr<storage::v1::ProviderTokens>> SecondExchange(
      ProviderBinding binding, storage::v1::ProviderTokens first);

  TokenEndpoint* const endpoint_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CODE_REDEMPTION_H_
