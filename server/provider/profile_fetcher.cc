#include "server/provider/profile_fetcher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/base/proto_time.h"
#include "server/provider/profile_documents.h"
#include "server/provider/profile_request.h"
#include "server/provider/provider_error.h"
#include "server/provider/reply_classifier.h"
#include "server/provider/reply_pause.h"

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
  const auto claims = documents.by_source.find(kIdTokenSource);
  const auto main = documents.by_source.find(documents.main);
  if (entry.issuer().empty() || claims == documents.by_source.end() ||
      main == documents.by_source.end())
    return false;
  const std::optional<std::string> expected = claims->second->root().At("/sub").Text();
  const std::optional<std::string> told = main->second->root().At("/sub").Text();
  return expected.has_value() && told.has_value() && *expected != *told;
}

// What is known before any call is made.
ProfileDocuments KnownDocuments(const Provider& entry, const ProviderTokens& tokens,
                                const std::string& id_token_claims) {
  ProfileDocuments documents;
  documents.main =
      entry.profile_calls().empty() ? std::string(kIdTokenSource) : entry.profile_calls(0).name();
  std::shared_ptr<const JsonDocument> claims = JsonDocument::Parse(id_token_claims);
  if (claims != nullptr)
    documents.by_source.emplace(std::string(kIdTokenSource), std::move(claims));
  if (!tokens.kept().empty()) {
    documents.by_source.emplace(
        std::string(kKeptSource),
        JsonDocument::FromTexts({tokens.kept().begin(), tokens.kept().end()}));
  }
  return documents;
}

// Keeps what later calls need. False when the document does not bring it.
bool Keep(const Provider::ProfileCall& call, const JsonDocument& document, ProviderTokens* tokens) {
  for (const auto& [name, pointer] : call.keep()) {
    std::optional<std::string> text = document.root().At(pointer).Text();
    if (!text.has_value() || text->empty()) return false;
    (*tokens->mutable_kept())[name] = *std::move(text);
  }
  return true;
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
  const absl::StatusOr<std::shared_ptr<const CompiledProfileMap>> map = maps_.Get(binding);
  if (!map.ok()) co_return Failed(map.status(), false, absl::ZeroDuration());
  ProfileDocuments documents = KnownDocuments(entry, tokens, id_token_claims);
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
    if (got.status.ok() && !Keep(call, *got.document, &tokens))
      got.status = ReplyInvalid(binding.provider, "a profile lacks what the next call needs");
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
  const absl::Time now = clock_->Now();
  result.profile.set_provider(binding.provider);
  *result.profile.mutable_fetch_time() = ToTimestamp(now);
  (*map)->Map(documents, now, &result.profile);
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
  result.document = ReadProfileReply(binding.entry->profile_calls(index), *reply);
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
  absl::StatusOr<HttpRequest> request = MakeProfileRequest(binding, call, *std::move(url), tokens);
  if (request.ok()) request->timeout = timeout_;
  co_return request;
}

}  // namespace evertoken
