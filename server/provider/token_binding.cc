#include "server/provider/token_binding.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"

namespace evertoken {

using config::v1::Provider;

namespace {

using Places = google::protobuf::Map<std::string, Provider::TokenPair>;

// The pair's tokens stand at its own place alone: what stands elsewhere is another pair, which must not get into its slot.
void SetRoot(const Places& secondary, const std::string& chain, Provider::TokenReply* reply) {
  const auto place = secondary.find(chain);
  if (place == secondary.end()) return;
  reply->clear_roots();
  reply->add_roots(place->second.at());
}

}  // namespace

bool BeginsLogins(const Provider& entry) {
  return !entry.authorization().url().empty() || !entry.issuer().empty();
}

bool IsClientOf(const config::v1::ProviderClient& client, const std::string& client_id) {
  const auto& native = client.native_client_ids();
  return client_id == client.client_id() ||
         std::find(native.begin(), native.end(), client_id) != native.end();
}

bool ProvesAudience(const ProviderBinding& binding) {
  const Provider::Introspection& introspection = binding.entry->introspection();
  if (!introspection.audience().empty()) return true;
  if (binding.client->client_secret().empty()) return false;
  const Provider::TokenRequest& request = introspection.request();
  if (request.proof() == Provider::TokenRequest::PROOF_CLIENT) {
    return binding.entry->client_authentication().kind() !=
           Provider::ClientAuthentication::KIND_NONE;
  }
  return std::any_of(
      request.parameters().begin(), request.parameters().end(),
      [](const auto& parameter) { return absl::StrContains(parameter.second, "{client_secret}"); });
}

ProviderBinding ForClient(ProviderBinding binding, const std::string& client_id) {
  if (client_id.empty() || client_id == binding.client->client_id()) return binding;
  auto native = std::make_shared<config::v1::ProviderClient>(*binding.client);
  native->add_native_client_ids(binding.client->client_id());
  native->set_client_id(client_id);
  const bool signs = binding.entry->client_authentication().kind() ==
                     Provider::ClientAuthentication::KIND_JWT_AS_SECRET;
  if (!signs) native->clear_client_secret();
  binding.native = std::move(native);
  binding.client = binding.native.get();
  return binding;
}

Provider::Renewal::Kind RenewalKindOf(const Provider& entry,
                                      const storage::v1::ProviderTokens& tokens) {
  const Provider::Renewal& renewal = entry.renewal();
  // The profile tells of the first pair alone.
  const bool first = tokens.chain().empty();
  if (renewal.kind() == Provider::Renewal::KIND_LIVENESS_CHECK && !first)
    return Provider::Renewal::KIND_NONE;
  const bool without = renewal.kind() == Provider::Renewal::KIND_REFRESH_TOKEN_GRANT &&
                       tokens.refresh_token().empty();
  if (!without) return renewal.kind();
  return first && renewal.without_refresh_token() == Provider::Renewal::KIND_LIVENESS_CHECK
             ? Provider::Renewal::KIND_LIVENESS_CHECK
             : Provider::Renewal::KIND_NONE;
}

ProviderBinding ForTokens(ProviderBinding binding, const storage::v1::ProviderTokens& tokens) {
  binding = ForClient(std::move(binding), tokens.client_id());
  const Provider::Renewal::Kind kind = RenewalKindOf(*binding.entry, tokens);
  if (kind == binding.entry->renewal().kind() && tokens.chain().empty()) return binding;
  auto entry = std::make_shared<Provider>(*binding.entry);
  entry->mutable_renewal()->set_kind(kind);
  if (!tokens.chain().empty()) {
    SetRoot(binding.entry->token().secondary(), tokens.chain(),
            entry->mutable_token()->mutable_reply());
    if (entry->renewal().has_request()) {
      SetRoot(binding.entry->token().secondary(), tokens.chain(),
              entry->mutable_renewal()->mutable_request()->mutable_reply());
    }
  }
  binding.entry = std::move(entry);
  return binding;
}

}  // namespace evertoken
