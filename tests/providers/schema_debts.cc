#include "tests/providers/schema_debts.h"

namespace evertoken {

const std::set<std::string>& UnusedNames() {
  static const auto* const kNames = new std::set<std::string>{
      "Provider.BODY_FORM",
      "Provider.ErrorRule.OUTCOME_SCOPE_MISSING",
      "Provider.IdToken.leeway",
      "Provider.Lifecycle.STATE_ACTIVE",
      "Provider.Limits.burst",
      "Provider.Limits.calls_per_second",
      "Provider.Limits.concurrent_calls",
      "Provider.ProfileCall.FORMAT_JSON",
      "Provider.Renewal.REUSE_EFFECT_HARMLESS",
      "Provider.Renewal.Timing.margin",
      "Provider.SCOPE_SEPARATOR_SPACE",
      "Provider.TokenPair.at",
      "Provider.TokenReply.FORMAT_JSON",
      "Provider.TokenReply.access_token",
      "Provider.TokenReply.expires_in",
      "Provider.TokenReply.id_token",
      "Provider.TokenReply.refresh_token",
  };
  return *kNames;
}

const std::set<std::string>& NamesWithoutACase() {
  static const auto* const kNames = new std::set<std::string>{
      "Provider.Authorization.code_challenge_method",
      "Provider.Authorization.fragment",
      "Provider.Authorization.no_nonce",
      "Provider.Authorization.offline_scope",
      "Provider.Authorization.parameters",
      "Provider.Authorization.pkce",
      "Provider.Authorization.scope_parameter",
      "Provider.Authorization.scope_separator",
      "Provider.Authorization.scopes",
      "Provider.ClientAuthentication.SecretJwt.lifetime",
      "Provider.Introspection.active",
      "Provider.Introspection.subject",
      "Provider.TokenEndpoint.code_parameters",
      "Provider.TokenEndpoint.headers",
      "Provider.TokenEndpoint.secondary",
      "Provider.TokenReply.refresh_expires_in",
      "Provider.TokenReply.scope",
      "Provider.TokenRequest.reply",
      "Provider.introspection",
  };
  return *kNames;
}

const std::set<std::string>& NamesReadElsewhere() {
  static const auto* const kNames = new std::set<std::string>{
      "Provider.IdToken.additional_issuers",
      "Provider.IdToken.algorithms",
      "Provider.IdToken.issuer_template",
      "Provider.InstanceParameter.description",
      "Provider.InstanceParameter.pattern",
      "Provider.Introspection.interval",
      "Provider.Lifecycle.note",
      "Provider.Lifecycle.replaced_by",
      "Provider.Lifetimes.access_token_never_expires",
      "Provider.Limits.profile_limits_per_user",
      "Provider.Renewal.Timing.keep_alive_interval",
      "Provider.Renewal.Timing.mode",
      "Provider.Renewal.ends_access_token",
      "Provider.Renewal.reuse_effect",
      "Provider.Renewal.rotation",
      "Provider.Renewal.timing",
      "Provider.Revocation.needs_living_token",
      "Provider.id_token",
      "Provider.lifecycle",
      "Provider.limits",
  };
  return *kNames;
}

}  // namespace evertoken
