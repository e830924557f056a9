#include "server/provider/introspection_reply.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "server/base/error.h"
#include "server/provider/json_document.h"
#include "server/provider/provider_error.h"
#include "server/provider/reply_classifier.h"
#include "server/provider/reply_pause.h"
#include "server/provider/token_binding.h"
#include "server/provider/token_reply.h"

namespace evertoken {
namespace {

using config::v1::Provider;

std::string TextAt(JsonRef body, const std::string& pointer) {
  return pointer.empty() ? "" : body.At(pointer).Text().value_or("");
}

bool IsActive(const Provider::Introspection& introspection, JsonRef body) {
  return std::all_of(introspection.active().begin(), introspection.active().end(),
                     [&](const auto& condition) {
                       return MatchesValue(body.At(condition.first), condition.second);
                     });
}

absl::Status MadeForAnother() {
  return MakeError(v1::ERROR_REASON_CREDENTIAL_REJECTED,
                   "the access token was not made for one of this app's clients");
}

void Refuse(const ProviderBinding& binding, IntrospectionResult* result) {
  result->access_token_rejected = true;
  result->status = ReplyInvalid(binding.provider, "says that the access token does not work");
}

bool IsEnd(const absl::Status& status) {
  const ErrorReason reason = ReasonOf(status);
  return reason == v1::ERROR_REASON_GRANT_REVOKED || reason == v1::ERROR_REASON_GRANT_EXPIRED;
}

// Not with the client's authentication, whose refusal is HTTP 401 and known.
bool HoldsClientSecret(const Provider::TokenRequest& request) {
  return std::any_of(
      request.parameters().begin(), request.parameters().end(),
      [](const auto& parameter) { return absl::StrContains(parameter.second, "{client_secret}"); });
}

// Whom the token was made for, and whether that is one of ours.
void ReadAudience(const ProviderBinding& binding, JsonRef body, IntrospectionResult* result) {
  const std::string& pointer = binding.entry->introspection().audience();
  // The request itself proves the client, and the provider answers for its tokens alone.
  if (pointer.empty()) return;
  const JsonRef value = body.At(pointer);
  std::vector<std::string> audiences;
  if (!value.is_array()) audiences.push_back(value.Text().value_or(""));
  for (const JsonRef& element : value.Elements()) audiences.push_back(element.Text().value_or(""));
  // Nobody's name is no name.
  audiences.erase(std::remove(audiences.begin(), audiences.end(), ""), audiences.end());
  const std::string& own = binding.client->client_id();
  if (std::find(audiences.begin(), audiences.end(), own) != audiences.end()) return;
  const auto native = std::find_if(audiences.begin(), audiences.end(), [&](const std::string& id) {
    return IsClientOf(*binding.client, id);
  });
  if (native == audiences.end()) {
    result->status = MadeForAnother();
  } else {
    result->client_id = *native;
  }
}

void Judge(const ProviderBinding& binding, const HttpReply& reply, absl::Time sent, absl::Time now,
           IntrospectionResult* result) {
  const Provider::Introspection& introspection = binding.entry->introspection();
  const std::shared_ptr<const JsonDocument> body = JsonDocument::Parse(reply.body);
  if (introspection.request().proof() == Provider::TokenRequest::PROOF_CLIENT &&
      reply.status == 401) {
    result->status = Misconfigured(
        binding.provider, "refuses our OAuth client; check the app's client id and secret");
    return;
  }
  const ReplyVerdict verdict = ClassifyReply(binding, ReplyPlace::kProfile, reply, body.get(), now);
  result->access_token_rejected = verdict.access_token_rejected;
  result->status = verdict.status;
  // What is refused may be the client's secret. Whether the grant lives is for its renewal to find out.
  if (IsEnd(verdict.status) && HoldsClientSecret(introspection.request()))
    return Refuse(binding, result);
  if (!result->status.ok()) return;
  if (body == nullptr) {
    result->status = ReplyInvalid(binding.provider, "its answer about a token can not be read");
    return;
  }
  if (!IsActive(introspection, body->root())) return Refuse(binding, result);
  ReadAudience(binding, body->root(), result);
  result->subject = TextAt(body->root(), introspection.subject());
  ReadTold(introspection.request().reply(), body->root(), sent, &result->told);
}

}  // namespace

IntrospectionResult ReadIntrospection(const ProviderBinding& binding, const HttpReply& reply,
                                      absl::Time sent, absl::Time now) {
  IntrospectionResult result;
  Judge(binding, reply, sent, now, &result);
  result.pause = PauseAskedBy(reply, now);
  return result;
}

}  // namespace evertoken
