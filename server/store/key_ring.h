#ifndef EVERTOKEN_SERVER_STORE_KEY_RING_H_
#define EVERTOKEN_SERVER_STORE_KEY_RING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "evertoken/config/v1/key_ring.pb.h"
#include "server/base/secret.h"
#include "server/store/token_sealer.h"
#include "server/store/token_store.h"

namespace evertoken {

// The operator's keys, and what is derived from each: one key for sealing, one for hashing (crypto_kdf, libsodium).
// Immutable and thread-safe.
class KeyRing final : public TokenSealer {
 public:
  // INVALID_ARGUMENT with every problem at once: no key, a bad or repeated id, a secret that is not 256 bits of base64url.
  static absl::StatusOr<std::unique_ptr<KeyRing>> New(const config::v1::KeyRing& config);
  ~KeyRing() override;

  // A fresh ring of one key, as a configuration message.
  static config::v1::KeyRing Generate(absl::string_view id);

  // XChaCha20-Poly1305 with a random 192-bit nonce; the key id is part of what is authenticated.
  std::string Seal(absl::string_view plaintext, absl::string_view context) const override;
  absl::StatusOr<Secret> Open(absl::string_view sealed, absl::string_view context) const override;

  // Keyed BLAKE2b hash of a secret for one purpose ("access-token", "request-token", "login-state", "browser"), by the first key.
  SlotKey Hash(absl::string_view purpose, absl::string_view secret) const;

  // The hash by every live key, the first key's first: where a record may be found while keys are rotated.
  std::vector<SlotKey> HashCandidates(absl::string_view purpose, absl::string_view secret) const;

  // `KEYID.HASH` of an app secret, as configuration keeps it.
  std::string HashAppSecret(absl::string_view app_key, absl::string_view secret) const;

  // In constant time. False as well when the hash's key is not in the ring.
  bool CheckAppSecret(absl::string_view app_key, absl::string_view secret,
                      absl::string_view expected_hash) const;

 private:
  struct Key;
  explicit KeyRing(std::vector<Key> keys);

  std::vector<Key> keys_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_KEY_RING_H_
