#include "server/web/login_cookies.h"

#include <sodium.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/web/cookies.h"

namespace evertoken {
namespace {

constexpr size_t kMaxAttempts = 8;

// Tells attempts of one browser apart; it protects nothing, so 64 bits are plenty.
std::string ShortHash(absl::string_view text) {
  unsigned char hash[crypto_generichash_BYTES];
  crypto_generichash(hash, sizeof(hash), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), nullptr, 0);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(hash), 8));
}

}  // namespace

std::vector<std::string> LoginCookies::Begin(absl::string_view sent, const Secret& state,
                                             const Secret& binding,
                                             absl::Duration valid_for) const {
  std::vector<std::string> headers;
  std::vector<std::string> attempts;
  for (Cookie& cookie : ParseCookies(sent)) {
    if (absl::StartsWith(cookie.name, prefix())) attempts.push_back(std::move(cookie.name));
  }
  for (size_t i = 0; i + kMaxAttempts <= attempts.size(); ++i) {
    headers.push_back(SerializeCookie({attempts[i], ""}, absl::ZeroDuration(), secure_));
  }
  headers.push_back(SerializeCookie({NameFor(state), binding.Reveal()}, valid_for, secure_));
  return headers;
}

Secret LoginCookies::Find(absl::string_view sent, const Secret& state) const {
  const std::string name = NameFor(state);
  for (Cookie& cookie : ParseCookies(sent)) {
    if (cookie.name == name) return Secret(std::move(cookie.value));
  }
  return Secret();
}

std::string LoginCookies::End(const Secret& state) const {
  return SerializeCookie({NameFor(state), ""}, absl::ZeroDuration(), secure_);
}

std::string LoginCookies::NameFor(const Secret& state) const {
  return absl::StrCat(prefix(), ShortHash(state.Reveal()));
}

absl::string_view LoginCookies::prefix() const {
  return secure_ ? "__Host-evertoken_login_" : "evertoken_login_";
}

}  // namespace evertoken
