// A discovery document or a key set: the same bytes are read as both, and its keys are tried on a token.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "server/http/egress_policy.h"
#include "server/provider/discovery.h"
#include "server/provider/json_document.h"
#include "server/provider/jwks.h"
#include "server/provider/jws.h"
#include "tests/fuzz/fuzz_entry.h"

namespace evertoken {
namespace {

// {"alg":"ES256"}.{}. and 64 bytes that sign nothing.
constexpr char kToken[] =
    "eyJhbGciOiJFUzI1NiJ9.e30."
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

void ReadDocument(absl::string_view input) {
  const std::shared_ptr<const JsonDocument> document =
      JsonDocument::Parse(input, JsonDocument::Keys::kUnique);
  if (document == nullptr) return;
  EgressPolicy egress(/*allow_insecure_loopback=*/false);
  (void)ReadDiscoveryDocument(FuzzEntry(), "https://idp.test", document->root(), &egress);
  for (const char* algorithm : {"RS256", "PS256", "ES256", "ES384", "ES512"}) {
    for (const std::string& key : FindSigningKeys(document->root(), algorithm, ""))
      (void)IsSignedBy(kToken, key);
  }
}

}  // namespace
}  // namespace evertoken

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  evertoken::ReadDocument(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
