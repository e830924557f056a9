#include "server/provider/profile_request.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/provider/appsecret_proof.h"
#include "server/provider/binding_values.h"
#include "server/provider/entry_headers.h"
#include "server/provider/md5_signature.h"
#include "server/provider/provider_error.h"
#include "server/provider/request_headers.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using Parameters = google::protobuf::Map<std::string, std::string>;

constexpr absl::string_view kAccessToken = "{access_token}";

bool NamesAccessToken(const Parameters& parameters) {
  return std::any_of(parameters.begin(), parameters.end(), [](const auto& parameter) {
    return absl::StrContains(parameter.second, kAccessToken);
  });
}

bool BringsAccessToken(const Provider::ProfileCall& call) {
  return absl::StrContains(call.url(), kAccessToken) || NamesAccessToken(call.query()) ||
         NamesAccessToken(call.form()) || NamesAccessToken(call.headers());
}

// Adds what proves that the caller has the client's secret, where the call wants it.
absl::Status Sign(const ProviderBinding& binding, const Provider::ProfileCall& call,
                  const std::string& access_token, FormFields* query) {
  const std::string& secret = binding.client->client_secret();
  if (!call.appsecret_proof_parameter().empty()) {
    query->emplace_back(call.appsecret_proof_parameter(), AppsecretProof(access_token, secret));
  }
  if (call.md5_signature_parameter().empty()) return absl::OkStatus();
  std::optional<std::string> signature = Md5Signature(*query, access_token, secret);
  if (!signature.has_value())
    return Misconfigured(binding.provider, "it wants MD5, which this system forbids");
  query->emplace_back(call.md5_signature_parameter(), *std::move(signature));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HttpRequest> MakeProfileRequest(const ProviderBinding& binding,
                                               const Provider::ProfileCall& call, std::string url,
                                               const storage::v1::ProviderTokens& tokens) {
  const BindingValues values(binding, &tokens);
  absl::StatusOr<FormFields> query = values.Expand(call.query());
  if (!query.ok()) return query.status();
  const absl::StatusOr<FormFields> headers = values.Expand(call.headers());
  if (!headers.ok()) return headers.status();
  const absl::StatusOr<FormFields> form = values.Expand(call.form());
  if (!form.ok()) return form.status();
  const absl::Status proven = Sign(binding, call, tokens.access_token(), &*query);
  if (!proven.ok()) return proven;

  HttpRequest request;
  request.url = AppendQuery(url, *query);
  if (!call.method().empty()) request.method = call.method();
  AddHeaders(*headers, &request);
  if (!form->empty()) SetForm(*form, &request);
  const absl::Status common = AddEntryHeaders(binding, &request);
  if (!common.ok()) return common;
  if (!BringsAccessToken(call)) {
    AddHeaderIfMissing("Authorization", absl::StrCat("Bearer ", tokens.access_token()), &request);
  }
  const bool wants_image = call.format() == Provider::ProfileCall::FORMAT_IMAGE;
  AddHeaderIfMissing("Accept", wants_image ? "image/*" : "application/json", &request);
  return request;
}

std::shared_ptr<const JsonDocument> ReadProfileReply(const Provider::ProfileCall& call,
                                                     const HttpReply& reply) {
  const bool success = reply.status >= 200 && reply.status < 300;
  if (call.format() == Provider::ProfileCall::FORMAT_JSONP)
    return JsonDocument::FromJsonp(reply.body);
  if (call.format() == Provider::ProfileCall::FORMAT_IMAGE && success)
    return JsonDocument::FromImage(reply.body);
  return JsonDocument::Parse(reply.body);
}

}  // namespace evertoken
