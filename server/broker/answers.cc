#include "server/broker/answers.h"

#include <google/protobuf/util/json_util.h>

#include <utility>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/freshness.h"

namespace evertoken {
namespace {

// GetProviderToken without min_remaining.
constexpr absl::Duration kDefaultProviderTokenLife = absl::Seconds(60);

v1::RenewalStatus RenewalStatusOf(const storage::v1::RenewalHistory& history) {
  v1::RenewalStatus status;
  if (history.has_last_success_time())
    *status.mutable_last_success_time() = history.last_success_time();
  if (history.has_last_attempt_time())
    *status.mutable_last_attempt_time() = history.last_attempt_time();
  status.set_failure_reason(history.failure_reason());
  if (history.has_first_failure_time())
    *status.mutable_first_failure_time() = history.first_failure_time();
  if (history.has_next_attempt_time())
    *status.mutable_next_attempt_time() = history.next_attempt_time();
  return status;
}

}  // namespace

absl::Status CheckUsable(const config::v1::App& app, const storage::v1::Grant& grant,
                         absl::Time now) {
  if (grant.app() != app.key() || !grant.claimed()) {
    return MakeError(v1::ERROR_REASON_TOKEN_NOT_FOUND,
                     "the access token is unknown; exchange a new request token");
  }
  // Why a grant ended says more than that its time is over.
  absl::Status alive = CheckAlive(grant);
  if (!alive.ok()) return alive;
  if (FromTimestamp(grant.expire_time()) <= now) {
    return MakeError(v1::ERROR_REASON_TOKEN_EXPIRED,
                     "the access token has expired; let the user sign in again");
  }
  return absl::OkStatus();
}

v1::RefreshTokenResponse RefreshAnswer(const std::string& access_token,
                                       const storage::v1::Grant& grant, bool renewed) {
  v1::RefreshTokenResponse answer;
  answer.set_access_token(access_token);
  *answer.mutable_expire_time() = grant.expire_time();
  answer.set_expiry_limit(grant.expiry_limit());
  answer.set_renewed(renewed);
  return answer;
}

void FillIntrospection(const config::v1::App& app, const storage::v1::Grant& grant, absl::Time now,
                       v1::IntrospectTokenResponse* answer) {
  if (grant.app() != app.key() || !grant.claimed()) return;
  answer->set_active(CheckUsable(app, grant, now).ok());
  answer->set_state(grant.state());
  *answer->mutable_expire_time() = grant.expire_time();
  if (!answer->active()) return;
  answer->set_expiry_limit(grant.expiry_limit());
  answer->set_provider(grant.provider());
  answer->set_subject(grant.subject());
  *answer->mutable_scopes() = grant.tokens().scopes();
  *answer->mutable_login_time() = grant.login_time();
  if (grant.tokens().has_access_expire_time()) {
    *answer->mutable_provider_expire_time() = grant.tokens().access_expire_time();
  }
  *answer->mutable_renewal() = RenewalStatusOf(grant.renewal());
  answer->set_grant_id(grant.grant_id());
}

void FillProviderToken(const storage::v1::Grant& grant, v1::GetProviderTokenResponse* answer) {
  answer->set_provider_access_token(grant.tokens().access_token());
  answer->set_token_type(grant.tokens().token_type());
  if (grant.tokens().has_access_expire_time())
    *answer->mutable_expire_time() = grant.tokens().access_expire_time();
  *answer->mutable_scopes() = grant.tokens().scopes();
  answer->set_provider(grant.provider());
  *answer->mutable_chains() = grant.chains();
}

void FillProfile(const storage::v1::Grant& grant, const std::map<std::string, std::string>& raw,
                 v1::GetRefreshedProfileResponse* answer) {
  *answer->mutable_profile() = grant.profile();
  answer->mutable_profile()->set_provider(grant.provider());
  if (answer->profile().subject().empty()) answer->mutable_profile()->set_subject(grant.subject());
  for (const auto& [call, json] : raw) {
    google::protobuf::Value document;
    if (google::protobuf::util::JsonStringToMessage(json, &document).ok()) {
      (*answer->mutable_profile()->mutable_raw())[call] = std::move(document);
    }
  }
  *answer->mutable_expire_time() = grant.expire_time();
  answer->set_expiry_limit(grant.expiry_limit());
}

bool ProfileRecent(const storage::v1::Grant& grant, absl::Duration max_age, absl::Time now) {
  if (max_age <= absl::ZeroDuration() || !grant.profile().has_fetch_time()) return false;
  const absl::Duration age = now - FromTimestamp(grant.profile().fetch_time());
  // A fetch that lies ahead comes from a clock that was wrong.
  return age >= absl::ZeroDuration() && age <= max_age;
}

absl::Duration RequestedRemaining(const v1::GetProviderTokenRequest& request) {
  return request.has_min_remaining() ? FromDuration(request.min_remaining())
                                     : kDefaultProviderTokenLife;
}

}  // namespace evertoken
