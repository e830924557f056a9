#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_ID_TOKEN_KEYS_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_ID_TOKEN_KEYS_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace evertoken {
class TestSigner;
}

namespace evertoken::hostile {

// The keys that sign ID tokens. The first is made when it is needed, because making one takes time; what they sign is the only
// thing about this provider that differs from run to run. Not thread-safe.
class IdTokenKeys {
 public:
  enum class Algorithm { kEs256, kRs256 };

  // Old keys that the set goes on listing.
  static constexpr size_t kMostKeys = 10;

  explicit IdTokenKeys(Algorithm algorithm);
  ~IdTokenKeys();

  // The public keys as a JWK set (RFC 7517).
  std::string PublicKeySet();

  // `claims` (JSON) as a compact JWS, signed with the newest key.
  std::string Sign(const std::string& claims);

  // A new key signs from now on. The old ones stay in the set, or vanish at once.
  void Rotate(bool keep_old);

  absl::string_view algorithm_name() const;

 private:
  struct Key;

  const Key& Newest();
  void Add();

  const Algorithm algorithm_;
  std::deque<std::unique_ptr<Key>> keys_;  // oldest first
  int64_t made_ = 0;
};

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_ID_TOKEN_KEYS_H_
