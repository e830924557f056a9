#include "server/provider/client_authentication.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

using config::v1::Provider;

bool Offers(const std::vector<std::string>& offered, const char* method) {
  return std::find(offered.begin(), offered.end(), method) != offered.end();
}

}  // namespace

ClientAuthenticationKind ChooseByDiscovery(const std::vector<std::string>& offered) {
  if (offered.empty() || Offers(offered, "client_secret_basic"))
    return Provider::ClientAuthentication::KIND_BASIC;
  if (Offers(offered, "client_secret_post")) return Provider::ClientAuthentication::KIND_POST;
  return Provider::ClientAuthentication::KIND_BASIC;
}

void AuthenticateClient(const ClientProof& proof, const Provider& entry,
                        const config::v1::ProviderClient& client, HttpRequest* request,
                        FormFields* form) {
  using Authentication = Provider::ClientAuthentication;
  const bool is_public = proof.kind == Authentication::KIND_NONE || client.client_secret().empty();
  const bool in_body =
      proof.kind == Authentication::KIND_POST || proof.kind == Authentication::KIND_JWT_AS_SECRET;
  if (is_public || in_body)
    form->emplace_back(entry.authorization().client_id_parameter(), client.client_id());
  if (is_public) return;
  if (in_body) {
    form->emplace_back(entry.client_authentication().client_secret_parameter(),
                       proof.made.empty() ? client.client_secret() : proof.made.Reveal());
    return;
  }
  // Section 2.3.1: each part is form-encoded first, so that a colon in an id cannot move the border.
  const std::string pair =
      absl::StrCat(PercentEncode(client.client_id()), ":", PercentEncode(client.client_secret()));
  request->headers.emplace_back("Authorization", absl::StrCat("Basic ", absl::Base64Escape(pair)));
}

}  // namespace evertoken
