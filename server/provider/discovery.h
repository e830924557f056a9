#ifndef EVERTOKEN_SERVER_PROVIDER_DISCOVERY_H_
#define EVERTOKEN_SERVER_PROVIDER_DISCOVERY_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/task.h"
#include "server/http/egress_policy.h"
#include "server/provider/document_cache.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// What a provider says of itself (OpenID Connect Discovery 1.0 section 3). Endpoints it does not have are empty.
struct DiscoveryDocument {
  std::string issuer;  // may hold a claim in braces where many tenants share one document
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string userinfo_endpoint;
  std::string revocation_endpoint;
  std::string jwks_uri;
  std::vector<std::string> token_endpoint_auth_methods;  // empty: not told
  std::vector<std::string> code_challenge_methods;       // empty: not told
  bool names_issuer_at_callback = false;                 // RFC 9207 section 3
};

// Reads a discovery document. PROVIDER_REPLY_INVALID unless its issuer is `issuer`, one of the entry's additional issuers, or
// fits the entry's issuer template, and all its endpoints are URLs that `egress` lets a document of `issuer` name: https (http where the issuer is http on
// loopback), at no address or localhost but the issuer's own. Their origins are permitted from then on.
absl::StatusOr<DiscoveryDocument> ReadDiscoveryDocument(const ProviderBinding& binding,
                                                        absl::string_view issuer, JsonRef root,
                                                        EgressPolicy* egress);

// Whether `issuer` may be what the callback of a login at this provider says in `iss` (RFC 9207 section 2.4), which is empty when
// the callback said none: so that a code which another provider issued is not taken to this one (RFC 9700 section 4.4).
bool IsCallbackIssuer(const ProviderBinding& binding, const DiscoveryDocument& document,
                      absl::string_view issuer);

// Whether `issuer` is `text` with every {claim} of the template filled in or left standing.
bool FitsIssuerTemplate(absl::string_view issuer, absl::string_view issuer_template);

// Discovery documents, kept for an hour and read once. Belongs to one executor.
class Discovery {
 public:
  // All must outlive the object.
  Discovery(DocumentCache* cache, EgressPolicy* egress);

  // The document of the binding's issuer. PROVIDER_MISCONFIGURED when the entry has none.
  Task<absl::StatusOr<DiscoveryDocument>> Get(ProviderBinding binding);

 private:
  // What a document says, as long as it is the same document and entry.
  struct Reading {
    DocumentCache::Document document;
    std::shared_ptr<const config::v1::Provider> entry;
    absl::StatusOr<DiscoveryDocument> result;
  };
  const Reading& Read(const ProviderBinding& binding, const std::string& issuer,
                      DocumentCache::Document document);

  DocumentCache* const cache_;
  EgressPolicy* const egress_;
  std::map<std::string, Reading> readings_;  // by issuer
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_DISCOVERY_H_
