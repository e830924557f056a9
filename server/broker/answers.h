#ifndef EVERTOKEN_SERVER_BROKER_ANSWERS_H_
#define EVERTOKEN_SERVER_BROKER_ANSWERS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "evertoken/v1/token_service.pb.h"

// From a grant to what callers are told, as pure functions. Here and nowhere else is decided what leaves a grant.
namespace evertoken {

// Whether `app` may use the grant at `now`: TOKEN_NOT_FOUND for another app's or an unclaimed one, TOKEN_EXPIRED past its expiry.
absl::Status CheckUsable(const config::v1::App& app, const storage::v1::Grant& grant,
                         absl::Time now);

// `access_token` is the caller's own; `renewed`: whether the provider was asked.
v1::RefreshTokenResponse RefreshAnswer(const std::string& access_token,
                                       const storage::v1::Grant& grant, bool renewed);

// `active` as CheckUsable and the grant's state say; a grant of another app is answered like an unknown token.
void FillIntrospection(const config::v1::App& app, const storage::v1::Grant& grant, absl::Time now,
                       v1::IntrospectTokenResponse* answer);

void FillProviderToken(const storage::v1::Grant& grant, v1::GetProviderTokenResponse* answer);

// `raw`: JSON texts by call name; a text that is not JSON is left out.
void FillProfile(const storage::v1::Grant& grant, const std::map<std::string, std::string>& raw,
                 v1::GetRefreshedProfileResponse* answer);

// Whether the stored profile is at most `max_age` old.
bool ProfileRecent(const storage::v1::Grant& grant, absl::Duration max_age, absl::Time now);

// The life that GetProviderToken asks for.
absl::Duration RequestedRemaining(const v1::GetProviderTokenRequest& request);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_ANSWERS_H_
