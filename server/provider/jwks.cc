#include "server/provider/jwks.h"

#include <algorithm>
#include <initializer_list>
#include <map>

#include "absl/strings/match.h"
#include "server/provider/base64url.h"

namespace evertoken {
namespace {

constexpr size_t kMostKeys = 4;
// 2048 bits are 256 bytes, which base64url writes with this many characters.
constexpr size_t kLeastModulusCharacters = 342;

std::string TextAt(JsonRef key, absl::string_view pointer) {
  const JsonRef value = key.At(pointer);
  return value.is_string() ? *value.Text() : std::string();
}

absl::string_view CurveOf(absl::string_view algorithm) {
  if (algorithm == "ES256") return "P-256";
  if (algorithm == "ES384") return "P-384";
  return "P-521";
}

// Empty members too: no key has one.
bool AreSound(const std::map<std::string, std::string>& members,
              std::initializer_list<const char*> numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [&members](const char* name) {
    const std::string& number = members.at(name);
    return !number.empty() && DecodeBase64Url(number).has_value();
  });
}

// The members that make the public key; empty when it is not fit for the algorithm.
std::map<std::string, std::string> PublicMembers(JsonRef key, absl::string_view algorithm) {
  const std::string type = TextAt(key, "/kty");
  if (absl::StartsWith(algorithm, "ES")) {
    if (type != "EC" || TextAt(key, "/crv") != CurveOf(algorithm)) return {};
    const std::map<std::string, std::string> members = {{"kty", type},
                                                        {"crv", TextAt(key, "/crv")},
                                                        {"x", TextAt(key, "/x")},
                                                        {"y", TextAt(key, "/y")}};
    return AreSound(members, {"x", "y"}) ? members : std::map<std::string, std::string>();
  }
  const bool rsa = absl::StartsWith(algorithm, "RS") || absl::StartsWith(algorithm, "PS");
  if (!rsa || type != "RSA" || TextAt(key, "/n").size() < kLeastModulusCharacters) return {};
  const std::map<std::string, std::string> members = {
      {"kty", type}, {"n", TextAt(key, "/n")}, {"e", TextAt(key, "/e")}};
  return AreSound(members, {"n", "e"}) ? members : std::map<std::string, std::string>();
}

bool MaySign(JsonRef key, absl::string_view algorithm) {
  if (key.At("/use").exists() && TextAt(key, "/use") != "sig") return false;
  if (key.At("/alg").exists() && TextAt(key, "/alg") != algorithm) return false;
  if (!key.At("/key_ops").exists()) return true;
  const std::vector<JsonRef> operations = key.At("/key_ops").Elements();
  return std::any_of(operations.begin(), operations.end(),
                     [](const JsonRef& operation) { return operation.Text() == "verify"; });
}

}  // namespace

std::vector<std::string> FindSigningKeys(JsonRef jwks, absl::string_view algorithm,
                                         absl::string_view key_id) {
  std::vector<std::string> found;
  for (const JsonRef& key : jwks.At("/keys").Elements()) {
    if (!key_id.empty() && TextAt(key, "/kid") != key_id) continue;
    if (!MaySign(key, algorithm)) continue;
    const std::map<std::string, std::string> members = PublicMembers(key, algorithm);
    if (!members.empty() && found.size() < kMostKeys) found.push_back(SerializeObject(members));
  }
  return found;
}

}  // namespace evertoken
