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

void AuthenticateClient(ClientAuthenticationKind kind, const config::v1::ProviderClient& client,
                        HttpRequest* request, FormFields* form) {
  if (kind == Provider::ClientAuthentication::KIND_NONE || client.client_secret().empty()) {
    form->emplace_back("client_id", client.client_id());
    return;
  }
  if (kind == Provider::ClientAuthentication::KIND_POST) {
    form->emplace_back("client_id", client.client_id());
    form->emplace_back("client_secret", client.client_secret());
    return;
  }
  // Section 2.3.1: each part is form-encoded first, so that a colon in an id cannot move the border.
  const std::string pair =
      absl::StrCat(PercentEncode(client.client_id()), ":", PercentEncode(client.client_secret()));
  request->headers.emplace_back("Authorization", absl::StrCat("Basic ", absl::Base64Escape(pair)));
}

}  // namespace evertoken
