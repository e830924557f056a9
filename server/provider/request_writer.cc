#include "server/provider/request_writer.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/provider/binding_values.h"
#include "server/provider/client_authentication.h"
#include "server/provider/entry_headers.h"
#include "server/provider/provider_error.h"
#include "server/provider/request_headers.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using storage::v1::ProviderTokens;

bool HasBody(const Provider::TokenRequest& described) {
  return described.method() == "POST" || described.body() == Provider::BODY_JSON;
}

BindingValues ValuesOf(const ProviderBinding& binding, const ProviderTokens* tokens,
                       const CodeRedemption* redemption) {
  if (redemption == nullptr) return BindingValues(binding, tokens);
  return BindingValues(binding, tokens, redemption->redirect_uri, redemption->code.Reveal());
}

absl::Status AddBearer(const ProviderBinding& binding, const ProviderTokens& tokens,
                       HttpRequest* request) {
  if (tokens.access_token().empty())
    return Misconfigured(binding.provider, "there is no access token to prove a request with");
  request->headers.emplace_back("Authorization", absl::StrCat("Bearer ", tokens.access_token()));
  return absl::OkStatus();
}

absl::Status AddCommonHeaders(const ProviderBinding& binding, HttpRequest* request) {
  const absl::Status added = AddEntryHeaders(binding, request);
  if (added.ok()) AddHeaderIfMissing("Accept", "application/json", request);
  return added;
}

void AddParameters(const Provider::TokenRequest& described, const FormFields& parameters,
                   HttpRequest* request) {
  if (!HasBody(described)) {
    request->url = AppendQuery(request->url, parameters);
  } else if (!parameters.empty()) {
    SetBody(described.body(), parameters, request);
  }
}

}  // namespace

RequestWriter::RequestWriter(Endpoints* endpoints) : endpoints_(endpoints) {}

Task<absl::Status> RequestWriter::Prepare(ProviderBinding binding,
                                          const Provider::TokenRequest* described) {
  if (described->proof() != Provider::TokenRequest::PROOF_CLIENT) co_return absl::OkStatus();
  absl::StatusOr<ClientProof> proof = co_await endpoints_->Authentication(std::move(binding));
  co_return proof.status();
}

Task<absl::StatusOr<HttpRequest>> RequestWriter::Write(ProviderBinding binding,
                                                       const Provider::TokenRequest* described,
                                                       ProviderTokens tokens,
                                                       const CodeRedemption* redemption) {
  const BindingValues values = ValuesOf(binding, &tokens, redemption);
  absl::StatusOr<FormFields> parameters = values.Expand(described->parameters());
  if (!parameters.ok()) co_return parameters.status();
  absl::StatusOr<std::string> url = endpoints_->Expand(binding, described->url(), values);
  if (!url.ok()) co_return url.status();
  HttpRequest request;
  request.method = described->method();
  request.url = *std::move(url);
  if (described->proof() == Provider::TokenRequest::PROOF_CLIENT) {
    absl::StatusOr<ClientProof> proof = co_await endpoints_->Authentication(binding);
    if (!proof.ok()) co_return proof.status();
    AuthenticateClient(*proof, *binding.entry, *binding.client, &request, &*parameters);
  } else if (described->proof() == Provider::TokenRequest::PROOF_BEARER) {
    const absl::Status proven = AddBearer(binding, tokens, &request);
    if (!proven.ok()) co_return proven;
  }
  AddParameters(*described, *parameters, &request);
  const absl::Status headers = AddCommonHeaders(binding, &request);
  if (!headers.ok()) co_return headers;
  co_return request;
}

}  // namespace evertoken
