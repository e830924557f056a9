#include "server/provider/token_reply.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "server/base/proto_time.h"
#include "server/provider/form_encoding.h"
#include "server/provider/provider_error.h"
#include "server/provider/scope_text.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using storage::v1::ProviderTokens;

constexpr size_t kMostTokenBytes = 16 << 10;
constexpr size_t kMostKeptBytes = 4 << 10;
constexpr size_t kLongestTokenType = 32;
constexpr int kMostScopes = 200;
constexpr double kMostSeconds = 10.0 * 365 * 24 * 3600;

// Printable ASCII without spaces: what may stand in an Authorization header and in a form.
bool IsTokenText(absl::string_view text) {
  return !text.empty() && text.size() <= kMostTokenBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string TokenAt(JsonRef body, const std::string& pointer) {
  const JsonRef value = body.At(pointer);
  if (!value.is_string()) return {};
  std::string text = *value.Text();
  return IsTokenText(text) ? text : std::string();
}

// Case-insensitive (RFC 6749 section 5.1); what is no type is taken for the usual one.
std::string TokenTypeAt(JsonRef body) {
  const std::string type = TokenAt(body, "/token_type");
  return type.empty() || type.size() > kLongestTokenType ? "Bearer" : type;
}

std::optional<absl::Duration> LifetimeOf(JsonRef value) {
  const std::optional<double> seconds = value.Number();
  if (!seconds.has_value()) return std::nullopt;
  return absl::Seconds(std::clamp(*seconds, -1.0, kMostSeconds));
}

// Zero, which stands for no end, and what is neither Unix seconds nor RFC 3339 bring nothing.
std::optional<absl::Time> TimeAt(JsonRef body, const std::string& pointer) {
  const JsonRef value = body.At(pointer);
  const std::optional<double> seconds = value.Number();
  if (seconds.has_value()) {
    if (*seconds <= 0) return std::nullopt;
    return absl::UnixEpoch() + absl::Seconds(*seconds);
  }
  absl::Time time;
  const std::string text = value.Text().value_or("");
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return std::nullopt;
  return time;
}

// How long the access token lives, by what the reply says.
std::optional<absl::Duration> AccessLife(JsonRef body, const Provider::TokenReply& format,
                                         absl::Time sent) {
  const std::optional<absl::Duration> life = LifetimeOf(body.At(format.expires_in()));
  if (life.has_value() || format.expires_at().empty()) return life;
  const std::optional<absl::Time> end = TimeAt(body, format.expires_at());
  if (!end.has_value()) return std::nullopt;
  // The provider's clock may be behind or ahead of ours: an end that seems to have passed is no fault of the reply.
  return std::clamp(*end - sent, absl::ZeroDuration(), absl::Seconds(kMostSeconds));
}

// The object that holds the tokens. Without an access token the one with a refresh token, which must not be lost.
JsonRef RootOf(JsonRef body, const Provider::TokenReply& format) {
  if (format.roots().empty()) return body;
  for (const std::string& pointer : {format.access_token(), format.refresh_token()}) {
    for (const std::string& root : format.roots()) {
      const JsonRef found = body.At(root);
      if (!TokenAt(found, pointer).empty()) return found;
    }
  }
  return JsonRef();
}

// What the first of the customary pointers leads to, where the entry names none.
JsonRef AtOr(JsonRef body, const std::string& pointer, std::initializer_list<const char*> usual) {
  if (!pointer.empty()) return body.At(pointer);
  for (const char* place : usual) {
    const JsonRef found = body.At(place);
    if (found.exists()) return found;
  }
  return JsonRef();
}

std::vector<std::string> ScopesAt(JsonRef body, const Provider::TokenReply& format) {
  const JsonRef value = AtOr(body, format.scope(), {"/scope", "/scopes"});
  if (value.is_string()) return SplitScopes(*value.Text(), format.scope_separator());
  std::vector<std::string> scopes;
  for (const JsonRef& element : value.Elements()) {
    std::optional<std::string> scope = element.Text();
    if (scope.has_value()) scopes.push_back(*std::move(scope));
  }
  return scopes;
}

void ReadScopes(JsonRef body, const Provider::TokenReply& format, ProviderTokens* tokens) {
  for (std::string& scope : ScopesAt(body, format)) {
    if (IsScopeToken(scope) && tokens->scopes_size() < kMostScopes)
      tokens->add_scopes(std::move(scope));
  }
}

void ReadKept(JsonRef body, const Provider::TokenReply& format, ProviderTokens* tokens) {
  for (const auto& [name, pointer] : format.keep()) {
    std::optional<std::string> text = body.At(pointer).Text();
    if (text.has_value() && text->size() <= kMostKeptBytes)
      (*tokens->mutable_kept())[name] = *std::move(text);
  }
}

void ReadRefreshExpiry(JsonRef body, const Provider::TokenReply& format, absl::Time sent,
                       ProviderTokens* tokens) {
  const std::optional<absl::Duration> life = LifetimeOf(AtOr(
      body, format.refresh_expires_in(), {"/refresh_token_expires_in", "/refresh_expires_in"}));
  // Zero and less is how some write "does not expire".
  if (life.has_value() && *life > absl::ZeroDuration())
    *tokens->mutable_refresh_expire_time() = ToTimestamp(sent + *life);
}

}  // namespace

std::shared_ptr<const JsonDocument> ParseTokenBody(const Provider::TokenReply& format,
                                                   const HttpReply& reply) {
  const bool by_type =
      absl::StartsWithIgnoreCase(reply.Header("content-type"), "application/x-www-form-urlencoded");
  const bool is_form = format.format() == Provider::TokenReply::FORMAT_FORM ||
                       (format.format() != Provider::TokenReply::FORMAT_JSON && by_type);
  if (!is_form) return JsonDocument::Parse(reply.body);
  const std::optional<FormFields> fields = DecodeForm(reply.body);
  return fields.has_value() ? JsonDocument::FromForm(*fields) : nullptr;
}

absl::StatusOr<ProviderTokens> ReadTokenReply(const ProviderBinding& binding,
                                              const Provider::TokenReply& format, JsonRef reply,
                                              absl::Time sent,
                                              absl::string_view current_refresh_token) {
  const JsonRef body = RootOf(reply, format);
  ProviderTokens tokens;
  tokens.set_access_token(TokenAt(body, format.access_token()));
  tokens.set_refresh_token(TokenAt(body, format.refresh_token()));
  const bool replaced = !current_refresh_token.empty() && !tokens.refresh_token().empty() &&
                        tokens.refresh_token() != current_refresh_token;
  if (tokens.access_token().empty() && !replaced)
    return ReplyInvalid(binding.provider, "the token reply has no usable access token");
  tokens.set_id_token(TokenAt(body, format.id_token()));
  tokens.set_token_type(TokenTypeAt(body));
  *tokens.mutable_obtain_time() = ToTimestamp(sent);

  std::optional<absl::Duration> life = AccessLife(body, format, sent);
  const Provider::Lifetimes& lifetimes = binding.entry->lifetimes();
  if (!life.has_value() && lifetimes.has_access_token())
    life = FromDuration(lifetimes.access_token());
  if (life.has_value() && *life < absl::ZeroDuration()) {
    if (!replaced) return ReplyInvalid(binding.provider, "the token reply has a negative lifetime");
    life = absl::ZeroDuration();
  }
  if (life.has_value()) *tokens.mutable_access_expire_time() = ToTimestamp(sent + *life);
  ReadRefreshExpiry(body, format, sent, &tokens);
  ReadScopes(body, format, &tokens);
  ReadKept(reply, format, &tokens);
  return tokens;
}

void ReadTold(const Provider::TokenReply& format, JsonRef reply, absl::Time sent,
              ProviderTokens* told) {
  const std::optional<absl::Duration> life = AccessLife(reply, format, sent);
  // Zero and less is how some write "does not expire".
  if (life.has_value() && *life > absl::ZeroDuration())
    *told->mutable_access_expire_time() = ToTimestamp(sent + *life);
  ReadScopes(reply, format, told);
}

}  // namespace evertoken
