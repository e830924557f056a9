#include "server/provider/catalog_defaults.h"

#include <string>

namespace evertoken {
namespace {

using config::v1::Provider;

void SetIfEmpty(const char* value, std::string* field) {
  if (field->empty()) *field = value;
}

void FillAuthorization(bool has_issuer, Provider::Authorization* authorization) {
  SetIfEmpty("client_id", authorization->mutable_client_id_parameter());
  SetIfEmpty("scope", authorization->mutable_scope_parameter());
  SetIfEmpty("S256", authorization->mutable_code_challenge_method());
  if (authorization->scope_separator() == Provider::SCOPE_SEPARATOR_UNSPECIFIED) {
    authorization->set_scope_separator(Provider::SCOPE_SEPARATOR_SPACE);
  }
  if (authorization->pkce() == Provider::PKCE_UNSPECIFIED) {
    authorization->set_pkce(has_issuer ? Provider::PKCE_BY_DISCOVERY : Provider::PKCE_SEND);
  }
}

void FillReply(Provider::TokenReply* reply) {
  SetIfEmpty("/access_token", reply->mutable_access_token());
  SetIfEmpty("/refresh_token", reply->mutable_refresh_token());
  SetIfEmpty("/expires_in", reply->mutable_expires_in());
  SetIfEmpty("/id_token", reply->mutable_id_token());
  if (reply->scope_separator() == Provider::SCOPE_SEPARATOR_UNSPECIFIED) {
    reply->set_scope_separator(Provider::SCOPE_SEPARATOR_SPACE);
  }
}

void FillRequest(const Provider::TokenReply& token_reply, Provider::TokenRequest* request) {
  SetIfEmpty("POST", request->mutable_method());
  if (request->has_reply()) {
    FillReply(request->mutable_reply());
  } else {
    *request->mutable_reply() = token_reply;
  }
}

void FillIdToken(Provider::IdToken* id_token) {
  if (id_token->algorithms().empty()) {
    id_token->add_algorithms("RS256");
    id_token->add_algorithms("ES256");
  }
  if (!id_token->has_leeway()) id_token->mutable_leeway()->set_seconds(60);
}

}  // namespace

void FillDefaults(Provider* provider) {
  const bool has_issuer = !provider->issuer().empty();
  FillAuthorization(has_issuer, provider->mutable_authorization());
  if (provider->client_authentication().kind() ==
      Provider::ClientAuthentication::KIND_UNSPECIFIED) {
    provider->mutable_client_authentication()->set_kind(
        has_issuer ? Provider::ClientAuthentication::KIND_BY_DISCOVERY
                   : Provider::ClientAuthentication::KIND_BASIC);
  }
  if (provider->client_authentication().has_jwt() &&
      !provider->client_authentication().jwt().has_lifetime()) {
    provider->mutable_client_authentication()->mutable_jwt()->mutable_lifetime()->set_seconds(300);
  }
  SetIfEmpty("client_secret",
             provider->mutable_client_authentication()->mutable_client_secret_parameter());
  Provider::TokenReply* reply = provider->mutable_token()->mutable_reply();
  FillReply(reply);
  if (provider->token().has_code_request())
    FillRequest(*reply, provider->mutable_token()->mutable_code_request());
  if (provider->has_post_exchange()) FillRequest(*reply, provider->mutable_post_exchange());
  Provider::Renewal* renewal = provider->mutable_renewal();
  if (renewal->has_request()) FillRequest(*reply, renewal->mutable_request());
  if (provider->revocation().has_request())
    FillRequest(*reply, provider->mutable_revocation()->mutable_request());
  if (provider->has_introspection())
    FillRequest(*reply, provider->mutable_introspection()->mutable_request());
  if (renewal->rotation() == Provider::Renewal::ROTATION_UNSPECIFIED)
    renewal->set_rotation(Provider::Renewal::ROTATION_ALWAYS);
  if (!provider->profile_calls().empty())
    SetIfEmpty("userinfo", provider->mutable_profile_calls(0)->mutable_name());
  FillIdToken(provider->mutable_id_token());
}

}  // namespace evertoken
