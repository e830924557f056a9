#include "tests/hostile_provider/id_token_keys.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/provider/test_signer.h"

namespace evertoken::hostile {

struct IdTokenKeys::Key {
  std::string id;
  TestSigner signer;
};

IdTokenKeys::IdTokenKeys(Algorithm algorithm) : algorithm_(algorithm) {}
IdTokenKeys::~IdTokenKeys() = default;

std::string IdTokenKeys::PublicKeySet() {
  Newest();
  std::string keys;
  for (const std::unique_ptr<Key>& key : keys_) {
    const std::string more =
        absl::StrCat(R"(,"use":"sig","alg":")", algorithm_name(), R"(","kid":")", key->id, "\"");
    absl::StrAppend(&keys, keys.empty() ? "" : ",", key->signer.PublicJwk(more));
  }
  return absl::StrCat(R"({"keys":[)", keys, "]}");
}

std::string IdTokenKeys::Sign(const std::string& claims) {
  const Key& key = Newest();
  const std::string header =
      absl::StrCat(R"({"alg":")", algorithm_name(), R"(","typ":"JWT","kid":")", key.id, R"("})");
  return key.signer.Sign(header, claims);
}

void IdTokenKeys::Rotate(bool keep_old) {
  if (!keep_old) keys_.clear();
  Add();
}

absl::string_view IdTokenKeys::algorithm_name() const {
  return algorithm_ == Algorithm::kRs256 ? "RS256" : "ES256";
}

const IdTokenKeys::Key& IdTokenKeys::Newest() {
  if (keys_.empty()) Add();
  return *keys_.back();
}

void IdTokenKeys::Add() {
  TestSigner signer = algorithm_ == Algorithm::kRs256 ? TestSigner::Rsa() : TestSigner::Ec();
  keys_.push_back(std::make_unique<Key>(Key{absl::StrCat("key-", ++made_), std::move(signer)}));
  if (keys_.size() > kMostKeys) keys_.pop_front();
}

}  // namespace evertoken::hostile
