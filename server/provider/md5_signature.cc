#include "server/provider/md5_signature.h"

#include <openssl/evp.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

std::optional<std::string> Md5Hex(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_md5(), nullptr) != 1)
    return std::nullopt;
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

}  // namespace

std::optional<std::string> Md5Signature(FormFields query, absl::string_view access_token,
                                        absl::string_view client_secret) {
  const std::optional<std::string> session = Md5Hex(absl::StrCat(access_token, client_secret));
  if (!session.has_value()) return std::nullopt;
  std::sort(query.begin(), query.end());
  std::string text;
  for (const auto& [name, value] : query) {
    if (name != "access_token") absl::StrAppend(&text, name, "=", value);
  }
  return Md5Hex(absl::StrCat(text, *session));
}

}  // namespace evertoken
