#ifndef EVERTOKEN_SERVER_RPC_REQUEST_VALIDATOR_H_
#define EVERTOKEN_SERVER_RPC_REQUEST_VALIDATOR_H_

#include "absl/status/status.h"
#include "evertoken/v1/login_service.pb.h"
#include "evertoken/v1/token_service.pb.h"

namespace evertoken {

// Checks the shape of a request as its .proto describes it: REQUEST_INVALID with every bad field at
// once. What is accepted in several spellings is brought into one: access tokens become lower case.
absl::Status ValidateRequest(v1::ExchangeTokenRequest* request);
absl::Status ValidateRequest(v1::RefreshTokenRequest* request);
absl::Status ValidateRequest(v1::GetRefreshedProfileRequest* request);
absl::Status ValidateRequest(v1::GetProviderTokenRequest* request);
absl::Status ValidateRequest(v1::IntrospectTokenRequest* request);
absl::Status ValidateRequest(v1::RevokeTokenRequest* request);
absl::Status ValidateRequest(v1::WatchGrantEventsRequest* request);
absl::Status ValidateRequest(v1::ListProvidersRequest* request);
absl::Status ValidateRequest(v1::StartLoginRequest* request);
absl::Status ValidateRequest(v1::CompleteLoginRequest* request);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_REQUEST_VALIDATOR_H_
