#include "server/provider/profile_fetcher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/provider/appsecret_proof.h"
#include "server/provider/binding_values.h"
#include "server/provider/entry_headers.h"
#include "server/provider/field_reader.h"
#include "server/provider/profile_fields.h"
#include "server/provider/profile_mapper.h"
#include "server/provider/provider_error.h"
#include "server/provider/reply_classifier.h"
#include "server/provider/reply_pause.h"
#include "server/provider/request_headers.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using storage::v1::ProviderTokens;

bool MayCall(const Provider::ProfileCall& call, const ProviderTokens& tokens) {
  return call.when_scopes().empty() ||
         std::any_of(call.when_scopes().begin(), call.when_scopes().end(),
                     [&](const std::string& scope) {
                       return std::find(tokens.scopes().begin(), tokens.scopes().end(), scope) !=
                              tokens.scopes().end();
                     });
}

void AddMissing(const Provider::ProfileCall& call, std::vector<std::string>* missing) {
  missing->insert(missing->end(), call.when_scopes().begin(), call.when_scopes().end());
}

// Whether the main document speaks of somebody else than the ID token.
bool IsAnotherSubject(const Provider& entry, const ProfileDocuments& documents) {
  const auto claims = documents.by_source.find(std::string(kIdTokenSource));
  const auto main = documents.by_source.find(documents.main);
  if (entry.issuer().empty() || claims == documents.by_source.end() ||
      main == documents.by_source.end())
    return false;
  const std::optional<std::string> expected = claims->second->root().At("/sub").Text();
  const std::optional<std::string> told = main->second->root().At("/sub").Text();
  return expected.has_value() && told.has_value() && *expected != *told;
}

ProfileResult Failed(absl::Status status, bool access_token_rejected, absl::Duration pause) {
  ProfileResult result;
  result.status = std::move(status);
  result.access_token_rejected = access_token_rejected;
  result.pause = pause;
  return result;
}

}  // namespace

ProfileFetcher::ProfileFetcher(HttpClient* http, const Clock* clock, Endpoints* endpoints,
                               absl::Duration timeout)
    : http_(http), clock_(clock), endpoints_(endpoints), timeout_(timeout) {}

Task<ProfileResult> ProfileFetcher::Fetch(ProviderBinding binding, ProviderTokens tokens,
                                          std::string id_token_claims) {
  const Provider& entry = *binding.entry;
  ProfileDocuments documents;
  documents.main = entry.profile_calls(0).name();
  std::shared_ptr<const JsonDocument> claims = JsonDocument::Parse(id_token_claims);
  if (claims != nullptr)
    documents.by_source.emplace(std::string(kIdTokenSource), std::move(claims));
  ProfileResult result;
  std::vector<std::string> missing;
  for (int i = 0; i < entry.profile_calls_size(); ++i) {
    const Provider::ProfileCall& call = entry.profile_calls(i);
    if (!MayCall(call, tokens)) {
      AddMissing(call, &missing);
      continue;
    }
    CallResult got = co_await Call(binding, i, tokens);
    result.pause = std::max(result.pause, got.pause);
    if (!got.status.ok() && !call.optional())
      co_return Failed(got.status, got.access_token_rejected, result.pause);
    if (!got.status.ok()) continue;
    result.raw.emplace(call.name(), got.document->root().Serialize());
    documents.by_source.emplace(call.name(), std::move(got.document));
  }
  if (IsAnotherSubject(entry, documents)) {
    co_return Failed(
        ReplyInvalid(binding.provider, "the profile is another user's than the ID token"), false,
        result.pause);
  }
  result.profile = MapProfile(binding, documents, clock_->Now());
  for (std::string& scope : missing) result.profile.add_missing_scopes(std::move(scope));
  co_return result;
}

Task<ProfileFetcher::Liveness> ProfileFetcher::CheckAlive(ProviderBinding binding,
                                                          ProviderTokens tokens) {
  CallResult got = co_await Call(std::move(binding), 0, std::move(tokens));
  Liveness alive;
  alive.status = std::move(got.status);
  alive.pause = got.pause;
  co_return alive;
}

Task<ProfileFetcher::CallResult> ProfileFetcher::Call(ProviderBinding binding, int index,
                                                      ProviderTokens tokens) {
  absl::StatusOr<HttpRequest> request = co_await MakeRequest(binding, index, std::move(tokens));
  CallResult result;
  if (!request.ok()) {
    result.status = request.status();
    co_return result;
  }
  absl::StatusOr<HttpReply> reply = co_await http_->Send(*std::move(request));
  if (!reply.ok()) {
    result.status = ErrorOfSend(binding.provider, reply.status());
    co_return result;
  }
  const absl::Time now = clock_->Now();
  result.pause = PauseAskedBy(*reply, now);
  result.document = JsonDocument::Parse(reply->body);
  ReplyVerdict verdict =
      ClassifyReply(binding, ReplyPlace::kProfile, *reply, result.document.get(), now);
  result.status = std::move(verdict.status);
  result.access_token_rejected = verdict.access_token_rejected;
  const bool readable = result.document != nullptr &&
                        (result.document->root().is_object() || result.document->root().is_array());
  if (result.status.ok() && !readable)
    result.status = ReplyInvalid(binding.provider, "the profile can not be read");
  co_return result;
}

Task<absl::StatusOr<HttpRequest>> ProfileFetcher::MakeRequest(ProviderBinding binding, int index,
                                                              ProviderTokens tokens) {
  const Provider::ProfileCall& call = binding.entry->profile_calls(index);
  absl::StatusOr<std::string> url;
  if (call.url().empty()) {
    url = co_await endpoints_->Userinfo(binding);
  } else {
    url = endpoints_->Expand(binding, call.url(), &tokens);
  }
  if (!url.ok()) co_return url.status();
  const BindingValues values(binding, &tokens);
  absl::StatusOr<FormFields> query = values.Expand(call.query());
  if (!query.ok()) co_return query.status();
  absl::StatusOr<FormFields> headers = values.Expand(call.headers());
  if (!headers.ok()) co_return headers.status();
  if (!call.appsecret_proof_parameter().empty()) {
    query->emplace_back(call.appsecret_proof_parameter(),
                        AppsecretProof(tokens.access_token(), binding.client->client_secret()));
  }
  HttpRequest request;
  request.url = AppendQuery(*url, *query);
  request.timeout = timeout_;
  AddHeaders(*headers, &request);
  const absl::Status common = AddEntryHeaders(binding, &request);
  if (!common.ok()) co_return common;
  AddHeaderIfMissing("Authorization", absl::StrCat("Bearer ", tokens.access_token()), &request);
  AddHeaderIfMissing("Accept", "application/json", &request);
  co_return request;
}

}  // namespace evertoken
