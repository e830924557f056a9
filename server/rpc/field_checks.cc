#include "server/rpc/field_checks.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/ids.h"

namespace evertoken {
namespace {

constexpr size_t kLongestProviderId = 64;
constexpr size_t kLongestText = 512;
constexpr size_t kLongestUri = 2048;
constexpr size_t kLongestIdToken = 16384;
constexpr size_t kShortestVerifier = 43;
constexpr size_t kLongestVerifier = 128;
constexpr int kMostScopes = 50;
constexpr size_t kLongestScope = 256;

// The seconds of 0001-01-01 and 9999-12-31T23:59:59 (google/protobuf/timestamp.proto).
constexpr int64_t kFirstTimestamp = -62135596800;
constexpr int64_t kLastTimestamp = 253402300799;
constexpr int32_t kNanosPerSecond = 1000000000;

template <typename Predicate>
bool All(absl::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return predicate(static_cast<unsigned char>(c)); });
}

bool IsPrintable(unsigned char c) { return c >= 0x20 && c <= 0x7E; }
bool IsVisible(unsigned char c) { return c >= 0x21 && c <= 0x7E; }
bool IsUnreserved(unsigned char c) {
  return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
bool IsScopeCharacter(unsigned char c) { return IsVisible(c) && c != '"' && c != '\\'; }
bool IsJwsCharacter(unsigned char c) {
  return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
}

bool IsKebabCase(absl::string_view id) {
  char previous = '-';
  for (char c : id) {
    if (c == '-' ? previous == '-' : !(absl::ascii_islower(c) || absl::ascii_isdigit(c)))
      return false;
    previous = c;
  }
  return previous != '-';
}

// scheme ":" something, of visible characters, without fragment.
bool IsAbsoluteUri(absl::string_view uri) {
  const size_t colon = uri.find(':');
  if (colon == absl::string_view::npos || colon == 0 || colon + 1 == uri.size()) return false;
  const absl::string_view scheme = uri.substr(0, colon);
  return absl::ascii_isalpha(scheme[0]) &&
         All(scheme,
             [](unsigned char c) {
               return absl::ascii_isalnum(c) || c == '+' || c == '-' || c == '.';
             }) &&
         All(uri, [](unsigned char c) { return IsVisible(c) && c != '#'; });
}

bool IsScope(absl::string_view scope) {
  return !scope.empty() && scope.size() <= kLongestScope && All(scope, IsScopeCharacter);
}

}  // namespace

void FieldChecks::AccessToken(std::string* token) {
  if (token->empty()) {
    Violation("access_token", "required");
  } else if (!IsGuid(*token)) {
    Violation("access_token",
              "must be a GUID (8-4-4-4-12 hexadecimal digits) as ExchangeToken gave it");
  } else {
    absl::AsciiStrToLower(token);
  }
}

void FieldChecks::ProviderId(absl::string_view field, absl::string_view id) {
  if (id.empty()) {
    Violation(field, "required: a provider id from ListProviders");
  } else if (id.size() > kLongestProviderId || !IsKebabCase(id)) {
    Violation(
        field,
        "must be a provider id in kebab-case (a-z, 0-9, single dashes between), at most 64 bytes");
  }
}

void FieldChecks::Token(absl::string_view field, absl::string_view value, Presence presence,
                        size_t longest) {
  if (value.empty()) {
    if (presence == Presence::kRequired) Violation(field, "required");
  } else if (value.size() > longest) {
    Violation(field, absl::StrCat("must be at most ", longest, " bytes"));
  } else if (!All(value, IsPrintable)) {
    Violation(field, "must be printable ASCII");
  }
}

void FieldChecks::Text(absl::string_view field, absl::string_view value) {
  if (value.size() > kLongestText) {
    Violation(field, absl::StrCat("must be at most ", kLongestText, " bytes"));
  } else if (!All(value, [](unsigned char c) { return c >= 0x20 && c != 0x7F; })) {
    Violation(field, "must not contain control characters");
  }
}

void FieldChecks::RedirectUri(absl::string_view field, absl::string_view uri) {
  if (uri.empty()) {
    Violation(field, "required");
  } else if (uri.size() > kLongestUri || !IsAbsoluteUri(uri)) {
    Violation(field, absl::StrCat("must be an absolute URI without fragment, at most ", kLongestUri,
                                  " bytes"));
  }
}

void FieldChecks::CodeVerifier(absl::string_view field, absl::string_view verifier) {
  if (verifier.empty()) return;
  if (verifier.size() < kShortestVerifier || verifier.size() > kLongestVerifier ||
      !All(verifier, IsUnreserved)) {
    Violation(field, "must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~ (RFC 7636 section 4.1)");
  }
}

void FieldChecks::IdToken(absl::string_view field, absl::string_view token) {
  if (token.empty()) {
    Violation(field,
              "required: its audience proves that the tokens were issued to this app's client");
  } else if (token.size() > kLongestIdToken) {
    Violation(field, absl::StrCat("must be at most ", kLongestIdToken, " bytes"));
  } else if (!All(token, IsJwsCharacter) || std::count(token.begin(), token.end(), '.') != 2) {
    Violation(field, "must be a signed JWT: three base64url parts with dots between");
  }
}

void FieldChecks::Scopes(absl::string_view field,
                         const google::protobuf::RepeatedPtrField<std::string>& scopes) {
  if (scopes.size() > kMostScopes) {
    Violation(field, absl::StrCat("must be at most ", kMostScopes, " scopes"));
    return;
  }
  std::vector<int> bad;
  for (int i = 0; i < scopes.size(); ++i) {
    if (!IsScope(scopes[i])) bad.push_back(i);
  }
  if (bad.empty()) return;
  Violation(field, absl::StrCat("each must be 1 to ", kLongestScope,
                                " visible ASCII characters without \" and \\; wrong at index ",
                                absl::StrJoin(bad, ", ")));
}

void FieldChecks::Duration(absl::string_view field, const google::protobuf::Duration& duration,
                           absl::Duration longest) {
  const bool well_formed = duration.nanos() >= 0 && duration.nanos() < kNanosPerSecond;
  // In this order nothing overflows: seconds are compared before they are added to.
  const int64_t longest_seconds = absl::ToInt64Seconds(longest);
  const bool in_range =
      duration.seconds() >= 0 && (duration.seconds() < longest_seconds ||
                                  (duration.seconds() == longest_seconds && duration.nanos() == 0));
  if (well_formed && in_range) return;
  Violation(field, absl::StrCat("must be between 0 s and ", absl::FormatDuration(longest)));
}

void FieldChecks::Timestamp(absl::string_view field, const google::protobuf::Timestamp& time) {
  const bool seconds_fit = time.seconds() >= kFirstTimestamp && time.seconds() <= kLastTimestamp;
  if (seconds_fit && time.nanos() >= 0 && time.nanos() < kNanosPerSecond) return;
  Violation(field, "must be a time between the years 1 and 9999");
}

void FieldChecks::Violation(absl::string_view field, absl::string_view description) {
  violations_.push_back({std::string(field), std::string(description)});
}

absl::Status FieldChecks::Result() const {
  return violations_.empty() ? absl::OkStatus() : RequestInvalid(violations_);
}

}  // namespace evertoken
