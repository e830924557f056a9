#include "server/cases/case_runner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "server/base/proto_time.h"
#include "server/broker/login_gate.h"
#include "server/cases/case_failures.h"
#include "server/cases/case_id_token.h"
#include "server/cases/case_key.h"
#include "server/cases/case_nodes.h"
#include "server/cases/case_requests.h"
#include "server/cases/case_verdict.h"
#include "server/cases/keeping.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using storage::v1::ProviderTokens;

std::optional<absl::Duration> Life(const YamlNode& node, const char* name) {
  const YamlNode& life = Member(node, name);
  return life.text.empty() ? std::nullopt : CaseDuration(life);
}

ProviderTokens TokensBefore(const YamlNode& node, absl::Time now) {
  ProviderTokens tokens;
  tokens.set_access_token(Member(node, "access_token").text);
  tokens.set_refresh_token(Member(node, "refresh_token").text);
  tokens.set_redirect_uri(Member(node, "redirect_uri").text);
  tokens.set_chain(Member(node, "chain").text);
  for (const YamlNode& scope : Member(node, "scopes").items) tokens.add_scopes(scope.text);
  for (const auto& [name, value] : TextsOf(Member(node, "kept")))
    (*tokens.mutable_kept())[name] = value;
  const absl::Duration age = Life(node, "age").value_or(absl::Hours(1));
  *tokens.mutable_obtain_time() = ToTimestamp(now - age);
  const std::optional<absl::Duration> access = Life(node, "access_left");
  if (access.has_value()) *tokens.mutable_access_expire_time() = ToTimestamp(now + *access);
  const std::optional<absl::Duration> refresh = Life(node, "refresh_left");
  if (refresh.has_value()) *tokens.mutable_refresh_expire_time() = ToTimestamp(now + *refresh);
  const std::optional<absl::Duration> cap = Life(node, "cap_left");
  if (cap.has_value()) *tokens.mutable_refresh_cap_time() = ToTimestamp(now + *cap);
  return tokens;
}

Task<void> Authorize(ProviderBinding binding, ProviderApi* api, absl::Time now,
                     CaseVerdict* verdict) {
  AuthorizationRequest request;
  request.redirect_uri = "https://us.test/callback";
  request.state = "case-state";
  const absl::Status open = CheckTakesLogins(binding, now);
  if (!open.ok()) {
    verdict->CheckAuthorization(open);
    co_return;
  }
  const auto redirect = co_await api->StartAuthorization(binding, request);
  verdict->CheckAuthorization(redirect);
}

Task<void> Redeem(const ProviderCase* played, ProviderBinding binding, ProviderApi* api,
                  CaseVerdict* verdict) {
  CodeRedemption redemption;
  redemption.code = Secret("case-code");
  redemption.redirect_uri = "https://us.test/callback";
  redemption.code_verifier = Secret("case-verifier");
  redemption.requested_scopes.push_back("requested");
  redemption.callback = played->callback;
  const auto tokens = co_await api->RedeemCode(binding, redemption);
  verdict->CheckTokens(tokens);
}

Task<void> VerifyIdToken(const ProviderCase* played, ProviderBinding binding, ProviderApi* api,
                         absl::Time now, CaseVerdict* verdict) {
  const absl::StatusOr<Secret> id_token = SignedIdToken(*played, now);
  if (!id_token.ok()) {
    verdict->CheckClaims(id_token.status());
    co_return;
  }
  const Secret presented = *id_token;
  const Secret no_nonce;
  const auto claims = co_await api->VerifyIdToken(binding, presented, no_nonce);
  verdict->CheckClaims(claims);
}

}  // namespace

std::string OverlayOfCase(const ProviderCase& played) {
  std::string overlay =
      absl::StrCat("providers:\n  ", played.provider, ":\n    extends: ", played.provider, "\n");
  for (absl::string_view line : absl::StrSplit(played.entry, '\n'))
    absl::StrAppend(&overlay, "    ", line, "\n");
  return overlay;
}

absl::StatusOr<std::shared_ptr<const Provider>> EntryOfCase(
    const ProviderCase& played, std::vector<ProviderCatalog::Source> sources) {
  if (!played.entry.empty())
    sources.push_back(
        {absl::StrCat("entry of the case `", played.name, "`"), OverlayOfCase(played)});
  absl::StatusOr<std::shared_ptr<const ProviderCatalog>> catalog =
      ProviderCatalog::Parse(sources, /*allow_insecure_loopback=*/false);
  if (!catalog.ok()) return catalog.status();
  const Provider* entry = (*catalog)->Find(played.provider);
  if (entry == nullptr) return absl::NotFoundError(absl::StrCat("no entry ", played.provider));
  return std::shared_ptr<const Provider>(*std::move(catalog), entry);
}

Task<std::vector<std::string>> RunCase(const ProviderCase* played,
                                       std::shared_ptr<const Provider> entry, ProviderApi* api,
                                       ScriptedProvider* provider, const Clock* clock) {
  const absl::Time now = clock->Now();
  CaseFailures failures;
  CaseVerdict verdict(played, now, &failures);
  ProviderBinding binding;
  binding.provider = played->provider;
  binding.entry = entry;
  config::v1::ProviderClient client = played->client;
  if (entry->client_authentication().kind() == Provider::ClientAuthentication::KIND_JWT_AS_SECRET)
    client.set_client_secret(CaseKey::Get().pem());
  binding.client = &client;
  ProviderTokens before = TokensBefore(played->tokens, now);
  if (played->action == "authorize") {
    Task<void> done = Authorize(binding, api, now, &verdict);
    co_await std::move(done);
  } else if (played->action == "redeem") {
    Task<void> done = Redeem(played, binding, api, &verdict);
    co_await std::move(done);
  } else if (played->action == "renew") {
    const absl::Time end_by = absl::InfiniteFuture();
    const RenewalResult result = co_await api->Renew(binding, before, end_by);
    verdict.CheckTokens(result.tokens);
  } else if (played->action == "profile") {
    const std::string claims = played->id_token_claims;
    const ProfileResult result = co_await api->FetchProfile(binding, before, claims);
    verdict.CheckProfile(result);
  } else if (played->action == "introspect") {
    const IntrospectionResult result = co_await api->Introspect(binding, before);
    verdict.CheckIntrospection(result);
  } else if (played->action == "id_token") {
    Task<void> done = VerifyIdToken(played, binding, api, now, &verdict);
    co_await std::move(done);
  } else if (played->action == "revoke") {
    const absl::StatusOr<bool> revoked = co_await api->Revoke(binding, before);
    verdict.CheckRevoked(revoked);
  } else if (played->action == "keep") {
    verdict.CheckKeeping(KeepingOf(*entry, client, before, now),
                         FromTimestamp(before.obtain_time()));
  } else {
    failures.Add(absl::StrCat("unknown action ", played->action));
  }
  CheckRequests(*played, *entry, *provider, now, &failures);
  co_return failures.all();
}

}  // namespace evertoken
