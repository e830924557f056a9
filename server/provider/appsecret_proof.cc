#include "server/provider/appsecret_proof.h"

#include <sodium.h>

#include "absl/strings/escaping.h"

namespace evertoken {
namespace {

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string AppsecretProof(absl::string_view access_token, absl::string_view client_secret) {
  crypto_auth_hmacsha256_state state;
  unsigned char mac[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_init(&state, Bytes(client_secret), client_secret.size());
  crypto_auth_hmacsha256_update(&state, Bytes(access_token), access_token.size());
  crypto_auth_hmacsha256_final(&state, mac);
  sodium_memzero(&state, sizeof(state));
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(mac), sizeof(mac)));
}

}  // namespace evertoken
