#include "server/store/key_ring.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace evertoken {
namespace {

// A sealed record: format byte, length of the key id, key id, nonce, ciphertext with tag. Everything before the nonce is
// authenticated together with the context.
constexpr char kFormat = '\x01';
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kSecretBytes = crypto_kdf_KEYBYTES;
constexpr size_t kHashBytes = 32;
constexpr size_t kMaxIdLength = 32;
constexpr int kMaxKeys = 16;

// Subkey numbers under one context: changing either makes every stored record unreadable.
constexpr char kKdfContext[crypto_kdf_CONTEXTBYTES + 1] = "evertokn";
constexpr uint64_t kSealingSubkey = 1;
constexpr uint64_t kHashingSubkey = 2;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string Base64Url(absl::string_view bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), Bytes(bytes), bytes.size(), kVariant);
  text.pop_back();  // the terminating zero
  return text;
}

std::optional<Secret> SecretFromBase64Url(absl::string_view text) {
  std::string bytes(kSecretBytes, '\0');
  size_t length = 0;
  const char* end = nullptr;
  const int result =
      sodium_base642bin(Bytes(bytes), bytes.size(), text.data(), text.size(), nullptr, &length,
                        &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  Secret secret(std::move(bytes));
  if (result != 0 || length != kSecretBytes || end != text.data() + text.size())
    return std::nullopt;
  return secret;
}

Secret Subkey(const Secret& master, uint64_t number) {
  std::string key(32, '\0');
  crypto_kdf_derive_from_key(Bytes(key), key.size(), number, kKdfContext, Bytes(master.Reveal()));
  return Secret(std::move(key));
}

bool IsKeyId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxIdLength && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string Header(absl::string_view key_id) {
  return absl::StrCat(std::string(1, kFormat), std::string(1, static_cast<char>(key_id.size())),
                      key_id);
}

// The key id in a sealed record; nullopt when it has not the shape of one.
std::optional<absl::string_view> KeyIdOf(absl::string_view sealed) {
  if (sealed.size() < 2 || sealed[0] != kFormat) return std::nullopt;
  const size_t length = static_cast<unsigned char>(sealed[1]);
  if (sealed.size() < 2 + length + kNonceBytes + kTagBytes) return std::nullopt;
  const absl::string_view id = sealed.substr(2, length);
  if (!IsKeyId(id)) return std::nullopt;
  return id;
}

// The labels keep their borders: each is preceded by its length.
std::string KeyedHash(const Secret& key, std::initializer_list<absl::string_view> labels,
                      absl::string_view secret) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, Bytes(key.Reveal()), key.size(), kHashBytes);
  for (absl::string_view label : labels) {
    const std::string length = absl::StrCat(label.size(), ":");
    crypto_generichash_update(&state, Bytes(length), length.size());
    crypto_generichash_update(&state, Bytes(label), label.size());
  }
  crypto_generichash_update(&state, Bytes(secret), secret.size());
  std::string hash(kHashBytes, '\0');
  crypto_generichash_final(&state, Bytes(hash), hash.size());
  sodium_memzero(&state, sizeof(state));
  return Base64Url(hash);
}

absl::Status InitSodium() {
  return sodium_init() < 0 ? absl::InternalError("libsodium could not be initialised")
                           : absl::OkStatus();
}

}  // namespace

struct KeyRing::Key {
  std::string id;
  Secret sealing;
  Secret hashing;
};

KeyRing::KeyRing(std::vector<Key> keys) : keys_(std::move(keys)) {}
KeyRing::~KeyRing() = default;

absl::StatusOr<std::unique_ptr<KeyRing>> KeyRing::New(const config::v1::KeyRing& config) {
  const absl::Status sodium = InitSodium();
  if (!sodium.ok()) return sodium;
  std::vector<std::string> problems;
  std::vector<Key> keys;
  if (config.keys().empty())
    problems.push_back("keys: there is none; make one with `evertoken keys generate`");
  if (config.keys_size() > kMaxKeys) problems.push_back(absl::StrCat("keys: more than ", kMaxKeys));
  for (int i = 0; i < config.keys_size(); ++i) {
    const config::v1::KeyRing::Key& entry = config.keys(i);
    // A bad id is not repeated in the message: it may be a secret that was put into the wrong place.
    if (!IsKeyId(entry.id())) {
      problems.push_back(
          absl::StrCat("keys[", i, "].id: must be 1 to ", kMaxIdLength, " of [a-z0-9-]"));
    } else if (std::any_of(keys.begin(), keys.end(),
                           [&](const Key& key) { return key.id == entry.id(); })) {
      problems.push_back(absl::StrCat("keys[", i, "].id: '", entry.id(), "' is used twice"));
    }
    const std::optional<Secret> master = SecretFromBase64Url(entry.secret());
    if (!master.has_value()) {
      problems.push_back(
          absl::StrCat("keys[", i, "].secret: must be 256 bits as 43 characters of base64url"));
      keys.push_back({entry.id(), Secret(), Secret()});
      continue;
    }
    keys.push_back({entry.id(), Subkey(*master, kSealingSubkey), Subkey(*master, kHashingSubkey)});
  }
  if (!problems.empty())
    return absl::InvalidArgumentError(absl::StrCat("key ring: ", absl::StrJoin(problems, "; ")));
  return std::unique_ptr<KeyRing>(new KeyRing(std::move(keys)));
}

config::v1::KeyRing KeyRing::Generate(absl::string_view id) {
  if (!InitSodium().ok()) return {};
  std::string master(kSecretBytes, '\0');
  crypto_kdf_keygen(Bytes(master));
  config::v1::KeyRing ring;
  config::v1::KeyRing::Key* key = ring.add_keys();
  key->set_id(std::string(id));
  key->set_secret(Base64Url(master));
  WipeString(&master);
  return ring;
}

std::string KeyRing::Seal(absl::string_view plaintext, absl::string_view context) const {
  const Key& key = keys_.front();
  std::string sealed = Header(key.id);
  const std::string authenticated = absl::StrCat(sealed, context);
  const size_t nonce_at = sealed.size();
  const size_t text_at = nonce_at + kNonceBytes;
  sealed.resize(text_at + plaintext.size() + kTagBytes);
  unsigned char* const nonce = Bytes(sealed) + nonce_at;
  randombytes_buf(nonce, kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      Bytes(sealed) + text_at, nullptr, Bytes(plaintext), plaintext.size(), Bytes(authenticated),
      authenticated.size(), nullptr, nonce, Bytes(key.sealing.Reveal()));
  return sealed;
}

absl::StatusOr<Secret> KeyRing::Open(absl::string_view sealed, absl::string_view context) const {
  const std::optional<absl::string_view> id = KeyIdOf(sealed);
  if (!id.has_value()) return absl::DataLossError("not a sealed record");
  const auto key =
      std::find_if(keys_.begin(), keys_.end(), [&](const Key& k) { return k.id == *id; });
  if (key == keys_.end()) {
    return absl::FailedPreconditionError(absl::StrCat("key '", *id, "' is not in the key ring"));
  }
  const std::string authenticated = absl::StrCat(Header(*id), context);
  const absl::string_view nonce = sealed.substr(2 + id->size(), kNonceBytes);
  const absl::string_view ciphertext = sealed.substr(2 + id->size() + kNonceBytes);
  std::string plaintext(ciphertext.size() - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(plaintext), nullptr, nullptr,
                                                 Bytes(ciphertext), ciphertext.size(),
                                                 Bytes(authenticated), authenticated.size(),
                                                 Bytes(nonce), Bytes(key->sealing.Reveal())) != 0) {
    return absl::DataLossError("the record was changed or belongs to another place");
  }
  return Secret(std::move(plaintext));
}

SlotKey KeyRing::Hash(absl::string_view purpose, absl::string_view secret) const {
  return {KeyedHash(keys_.front().hashing, {purpose}, secret)};
}

std::vector<SlotKey> KeyRing::HashCandidates(absl::string_view purpose,
                                             absl::string_view secret) const {
  std::vector<SlotKey> candidates;
  for (const Key& key : keys_) candidates.push_back({KeyedHash(key.hashing, {purpose}, secret)});
  return candidates;
}

std::string KeyRing::HashAppSecret(absl::string_view app_key, absl::string_view secret) const {
  const Key& key = keys_.front();
  return absl::StrCat(key.id, ".", KeyedHash(key.hashing, {"app-secret", app_key}, secret));
}

bool KeyRing::CheckAppSecret(absl::string_view app_key, absl::string_view secret,
                             absl::string_view expected_hash) const {
  const absl::string_view id = expected_hash.substr(0, expected_hash.find('.'));
  for (const Key& key : keys_) {
    if (key.id != id) continue;
    const Secret hash(
        absl::StrCat(key.id, ".", KeyedHash(key.hashing, {"app-secret", app_key}, secret)));
    return hash.Equals(expected_hash);
  }
  return false;
}

}  // namespace evertoken
