#include "server/provider/token_merge.h"

#include <utility>

#include "server/base/proto_time.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using google::protobuf::Timestamp;
using storage::v1::ProviderTokens;

Timestamp EndFromNow(const Provider& entry, const ProviderTokens& tokens) {
  return ToTimestamp(FromTimestamp(tokens.obtain_time()) +
                     FromDuration(entry.lifetimes().refresh_token()));
}

// Whether using or replacing the refresh token moves its end.
bool MovesEnd(const Provider& entry, bool replaced) {
  switch (entry.lifetimes().refresh_token_model()) {
    case Provider::Lifetimes::MODEL_IDLE:
      return true;
    case Provider::Lifetimes::MODEL_SLIDING:
      return replaced;
    default:
      return false;
  }
}

// Cuts the refresh token's end by those that no reply tells: of its access token, and of all that came of the login.
void LimitRefreshEnd(const Provider& entry, ProviderTokens* tokens) {
  const bool shared =
      entry.lifetimes().refresh_token_model() == Provider::Lifetimes::MODEL_SAME_AS_ACCESS;
  if (shared) {
    tokens->clear_refresh_expire_time();
    if (tokens->has_access_expire_time())
      *tokens->mutable_refresh_expire_time() = tokens->access_expire_time();
  }
  if (!tokens->has_refresh_cap_time()) return;
  const bool later =
      !tokens->has_refresh_expire_time() ||
      FromTimestamp(tokens->refresh_expire_time()) > FromTimestamp(tokens->refresh_cap_time());
  if (later) *tokens->mutable_refresh_expire_time() = tokens->refresh_cap_time();
}

}  // namespace

void CompleteFirstTokens(const Provider& entry, ProviderTokens* tokens) {
  if (tokens->refresh_token().empty()) {
    tokens->clear_refresh_expire_time();
    return;
  }
  const Provider::Lifetimes& lifetimes = entry.lifetimes();
  if (!tokens->has_refresh_expire_time() && lifetimes.has_refresh_token())
    *tokens->mutable_refresh_expire_time() = EndFromNow(entry, *tokens);
  if (lifetimes.has_refresh_token_cap()) {
    *tokens->mutable_refresh_cap_time() = ToTimestamp(FromTimestamp(tokens->obtain_time()) +
                                                      FromDuration(lifetimes.refresh_token_cap()));
  }
  LimitRefreshEnd(entry, tokens);
}

ProviderTokens MergeTokens(const Provider& entry, const ProviderTokens& old, ProviderTokens fresh) {
  const bool replaced =
      !fresh.refresh_token().empty() && fresh.refresh_token() != old.refresh_token();
  if (fresh.refresh_token().empty()) fresh.set_refresh_token(old.refresh_token());
  // An ID token beside a further pair is of nobody that we know.
  if (!old.chain().empty()) fresh.clear_id_token();
  if (fresh.id_token().empty()) fresh.set_id_token(old.id_token());
  if (fresh.redirect_uri().empty()) fresh.set_redirect_uri(old.redirect_uri());
  if (fresh.client_id().empty()) fresh.set_client_id(old.client_id());
  fresh.set_chain(old.chain());
  *fresh.mutable_secondary() = old.secondary();
  if (fresh.scopes().empty()) *fresh.mutable_scopes() = old.scopes();
  if (old.has_refresh_cap_time()) *fresh.mutable_refresh_cap_time() = old.refresh_cap_time();
  for (const auto& [name, value] : old.kept()) fresh.mutable_kept()->insert({name, value});
  if (fresh.refresh_token().empty()) {
    fresh.clear_refresh_expire_time();
    return fresh;
  }
  if (!fresh.has_refresh_expire_time()) {
    const bool absolute =
        entry.lifetimes().refresh_token_model() == Provider::Lifetimes::MODEL_ABSOLUTE;
    if (entry.lifetimes().has_refresh_token() && MovesEnd(entry, replaced)) {
      *fresh.mutable_refresh_expire_time() = EndFromNow(entry, fresh);
    } else if (old.has_refresh_expire_time() && (absolute || !replaced)) {
      *fresh.mutable_refresh_expire_time() = old.refresh_expire_time();
    }
  }
  LimitRefreshEnd(entry, &fresh);
  return fresh;
}

}  // namespace evertoken
