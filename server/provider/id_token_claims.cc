#include "server/provider/id_token_claims.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/provider/jws.h"
#include "server/provider/url_template.h"

namespace evertoken {
namespace {

// Seconds up to the year 9999: beyond it a time is nonsense.
constexpr double kLastSecond = 253402300799;
constexpr size_t kMostSubjectBytes = 255;

absl::Status Failed(absl::string_view what) { return absl::InvalidArgumentError(what); }

std::string TextAt(JsonRef claims, absl::string_view pointer) {
  const JsonRef value = claims.At(pointer);
  return value.is_string() ? *value.Text() : std::string();
}

// The claim as a part of an issuer: never one that could bring a path or a host of its own.
std::optional<std::string> ClaimForIssuer(JsonRef claims, absl::string_view name) {
  std::string text = TextAt(claims, absl::StrCat("/", name));
  const bool plain =
      !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
      });
  if (!plain) return std::nullopt;
  return text;
}

bool IsExpectedIssuer(JsonRef claims, const IdTokenExpectation& expected) {
  const std::string issuer = TextAt(claims, "/iss");
  if (issuer.empty()) return false;
  if (std::find(expected.issuers.begin(), expected.issuers.end(), issuer) != expected.issuers.end())
    return true;
  if (expected.issuer_template.empty()) return false;
  const absl::StatusOr<std::string> filled =
      ExpandText(expected.issuer_template,
                 [&](absl::string_view name) { return ClaimForIssuer(claims, name); });
  return filled.ok() && *filled == issuer;
}

std::vector<std::string> AudiencesOf(JsonRef claims) {
  const JsonRef audience = claims.At("/aud");
  if (audience.is_string()) return {*audience.Text()};
  std::vector<std::string> audiences;
  for (const JsonRef& element : audience.Elements()) {
    if (element.is_string()) audiences.push_back(*element.Text());
  }
  return audiences;
}

absl::Status CheckAudience(JsonRef claims, const IdTokenExpectation& expected) {
  const auto is_ours = [&](const std::string& id) {
    return std::find(expected.client_ids.begin(), expected.client_ids.end(), id) !=
           expected.client_ids.end();
  };
  const std::vector<std::string> audiences = AudiencesOf(claims);
  if (std::none_of(audiences.begin(), audiences.end(), is_ours))
    return Failed("is for another audience");
  const JsonRef party = claims.At("/azp");
  if (party.exists() ? !is_ours(TextAt(claims, "/azp")) : audiences.size() > 1)
    return Failed("was issued to another party");
  return absl::OkStatus();
}

std::optional<absl::Time> TimeAt(JsonRef claims, absl::string_view pointer) {
  const std::optional<double> seconds = claims.At(pointer).StrictNumber();
  if (!seconds.has_value() || *seconds < 0 || *seconds > kLastSecond) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(*seconds);
}

absl::Status CheckTimes(JsonRef claims, const IdTokenExpectation& expected) {
  const std::optional<absl::Time> expiry = TimeAt(claims, "/exp");
  if (!expiry.has_value()) return Failed("has no expiry");
  if (expected.now >= *expiry + expected.leeway) return Failed("is expired");
  const std::optional<absl::Time> issued = TimeAt(claims, "/iat");
  if (!issued.has_value()) return Failed("has no issue time");
  if (*issued > expected.now + expected.leeway) return Failed("was issued in the future");
  if (!claims.At("/nbf").exists()) return absl::OkStatus();
  const std::optional<absl::Time> not_before = TimeAt(claims, "/nbf");
  if (!not_before.has_value() || *not_before > expected.now + expected.leeway)
    return Failed("is not valid yet");
  return absl::OkStatus();
}

}  // namespace

std::optional<std::string> ClaimedSubject(absl::string_view id_token) {
  const std::optional<ParsedJws> jws = ParseJws(id_token);
  if (!jws.has_value()) return std::nullopt;
  const std::shared_ptr<const JsonDocument> claims =
      JsonDocument::Parse(jws->payload, JsonDocument::Keys::kUnique);
  if (claims == nullptr) return std::nullopt;
  std::string subject = TextAt(claims->root(), "/sub");
  if (subject.empty()) return std::nullopt;
  return subject;
}

absl::Status CheckIdTokenClaims(JsonRef claims, const IdTokenExpectation& expected) {
  if (!claims.is_object()) return Failed("has no claims");
  if (!IsExpectedIssuer(claims, expected)) return Failed("is by another issuer");
  const std::string subject = TextAt(claims, "/sub");
  if (subject.empty() || subject.size() > kMostSubjectBytes) return Failed("has no subject");
  const absl::Status audience = CheckAudience(claims, expected);
  if (!audience.ok()) return audience;
  const absl::Status times = CheckTimes(claims, expected);
  if (!times.ok()) return times;
  if (!expected.nonce.empty() && !expected.nonce.Equals(TextAt(claims, "/nonce")))
    return Failed("has another nonce");
  return absl::OkStatus();
}

}  // namespace evertoken
