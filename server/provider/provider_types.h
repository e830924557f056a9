#ifndef EVERTOKEN_SERVER_PROVIDER_PROVIDER_TYPES_H_
#define EVERTOKEN_SERVER_PROVIDER_PROVIDER_TYPES_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "evertoken/v1/profile.pb.h"
#include "server/base/secret.h"

// What is said to ProviderApi and what it answers.
namespace evertoken {

// An app's OAuth client at a provider: whom to call and as whom. `client` lives as long as the app registry.
struct ProviderBinding {
  std::string provider;                               // catalogue id
  std::shared_ptr<const config::v1::Provider> entry;  // keeps its catalogue alive across a reload
  const config::v1::ProviderClient* client = nullptr;
  std::shared_ptr<const config::v1::ProviderClient>
      native;  // holds `client` where it was made by ForTokens
};

struct AuthorizationRequest {
  std::string redirect_uri;
  std::string state;
  std::vector<std::string> scopes;  // empty: the client's, else the entry's
  std::string login_hint;
};

// Where to send the browser, and what must be remembered until it comes back.
struct AuthorizationRedirect {
  std::string url;
  std::vector<std::string> scopes;
  Secret nonce;          // empty: none was sent
  Secret code_verifier;  // empty: PKCE is not used
};

struct CodeRedemption {
  Secret code;
  std::string redirect_uri;
  Secret code_verifier;
  std::vector<std::string>
      requested_scopes;  // granted scopes when the reply does not tell (RFC 6749 section 5.1)
  std::map<std::string, std::string> callback;  // parameters that the entry keeps
  std::string client_id;  // for which the code was made; empty: the app's own client
};

// What a verified ID token said.
struct IdTokenClaims {
  std::string subject;
  std::string json;       // all claims, for profile mapping
  std::string client_id;  // the client that got it, where it is one of the app's native ones
};

// How a call that may spend a token ended.
enum class SpendOutcome {
  kAnswered,  // the provider answered; the status of the result is its answer
  kNotSent,   // the request certainly did not reach the provider: nothing was spent
  kUnclear,   // a whole reply came that leaves open whether a rotating token is spent
  kUnknown,   // the request may have reached the provider: a rotating token may be spent
};

struct RenewalResult {
  SpendOutcome outcome = SpendOutcome::kNotSent;
  // The tokens to keep from now on, merged: what the reply left out is kept from before. Errors carry an ErrorReason.
  absl::StatusOr<storage::v1::ProviderTokens> tokens;
  absl::Duration
      pause;  // how long the reply asks not to call the provider again; zero: it does not
};

// What a look at an access token told (Introspection).
struct IntrospectionResult {
  // OK: it works, and was made for one of the app's clients. CREDENTIAL_REJECTED: for another one. Else why it could not be used or
  // looked at.
  absl::Status status;
  // True: the provider said that the token does not work.
  bool access_token_rejected = false;
  std::string client_id;  // as in IdTokenClaims
  std::string subject;    // empty: not told
  // What was told of end and scopes; nothing else is set.
  storage::v1::ProviderTokens told;
  absl::Duration pause;  // as in RenewalResult
};

struct ProfileResult {
  // OK, or an error with an ErrorReason. On error `profile` is empty.
  absl::Status status;
  // True: the provider refused the access token; a renewal may help.
  bool access_token_rejected = false;
  absl::Duration pause;  // as in RenewalResult: the longest that a reply asked for
  // The fields that this fetch brought, with provenance, fetch_time and missing_scopes. Not merged with what was known.
  v1::Profile profile;
  // The documents as they came, by call name: JSON texts.
  std::map<std::string, std::string> raw;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROVIDER_TYPES_H_
