#include "server/provider/check_renewal.h"

#include <string>

#include "server/base/proto_time.h"
#include "server/provider/check_request.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using Revocation = Provider::Revocation;
using google::protobuf::Duration;

// Seconds.
constexpr int64_t kShortestGrace = 5;

bool IsPositive(const Duration& duration) { return duration.seconds() > 0 || duration.nanos() > 0; }

void CheckRenewalRequest(EntryInspector* inspector) {
  const Provider::Renewal& renewal = inspector->provider().renewal();
  const bool exchanges = renewal.kind() == Provider::Renewal::KIND_EXCHANGE_ACCESS_TOKEN;
  const bool refreshes = renewal.kind() == Provider::Renewal::KIND_REFRESH_TOKEN_GRANT;
  if (!renewal.has_request()) {
    if (exchanges) inspector->Problem("renewal.request", "is required for `exchange_access_token`");
    return;
  }
  if (!exchanges && !refreshes) {
    return inspector->Problem("renewal.request", "means nothing where no token is sent");
  }
  const Provider::TokenRequest& request = renewal.request();
  CheckTokenRequest("renewal.request", request,
                    {"client_id", "client_secret", "access_token", "refresh_token", "kept"},
                    inspector);
  const bool bears = request.proof() == Provider::TokenRequest::PROOF_BEARER;
  if (exchanges && !bears && !Mentions(request, "access_token"))
    inspector->Problem("renewal.request", "must hold {access_token}: it is what is exchanged");
  if (refreshes && !Mentions(request, "refresh_token"))
    inspector->Problem("renewal.request", "must hold {refresh_token}: it is what is spent");
  if (!renewal.parameters().empty())
    inspector->Problem("renewal.parameters", "mean nothing beside `request`");
}

void CheckLostResponsePolicy(EntryInspector* inspector) {
  const Provider::Renewal& renewal = inspector->provider().renewal();
  const bool sends_token = renewal.kind() == Provider::Renewal::KIND_REFRESH_TOKEN_GRANT ||
                           renewal.kind() == Provider::Renewal::KIND_EXCHANGE_ACCESS_TOKEN;
  const bool set =
      renewal.lost_response_policy() != Provider::Renewal::LOST_RESPONSE_POLICY_UNSPECIFIED;
  if (sends_token && !set) {
    inspector->Problem("renewal.lost_response_policy",
                       "is required: retry, retry_within_grace, retry_once or never_retry");
  }
  const bool within_grace =
      renewal.lost_response_policy() == Provider::Renewal::LOST_RESPONSE_POLICY_RETRY_WITHIN_GRACE;
  if (within_grace != IsPositive(renewal.reuse_grace())) {
    inspector->Problem(
        "renewal.reuse_grace",
        "belongs with lost_response_policy `retry_within_grace`, and must be above 0 there");
  } else if (within_grace && renewal.reuse_grace().seconds() < kShortestGrace) {
    inspector->Problem("renewal.reuse_grace",
                       "is too short to present a token again in its first half, with 2s for each "
                       "answer: at least 5s, or lost_response_policy `never_retry`");
  }
}

void CheckReuseEffect(EntryInspector* inspector) {
  const Provider::Renewal& renewal = inspector->provider().renewal();
  const bool harms = renewal.reuse_effect() == Provider::Renewal::REUSE_EFFECT_REJECTED ||
                     renewal.reuse_effect() == Provider::Renewal::REUSE_EFFECT_FAMILY_REVOKED;
  if (harms && renewal.lost_response_policy() == Provider::Renewal::LOST_RESPONSE_POLICY_RETRY) {
    inspector->Problem("renewal.lost_response_policy",
                       "`retry` presents a spent token again, which reuse_effect says does harm");
  }
}

void CheckWithoutRefreshToken(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  const auto kind = provider.renewal().without_refresh_token();
  if (kind == Provider::Renewal::KIND_UNSPECIFIED) return;
  const std::string path = "renewal.without_refresh_token";
  if (kind != Provider::Renewal::KIND_LIVENESS_CHECK && kind != Provider::Renewal::KIND_NONE)
    inspector->Problem(path, "must be liveness_check or none");
  if (provider.renewal().kind() != Provider::Renewal::KIND_REFRESH_TOKEN_GRANT)
    inspector->Problem(path, "means something with kind `refresh_token_grant` alone");
  if (kind == Provider::Renewal::KIND_LIVENESS_CHECK && provider.profile_calls().empty())
    inspector->Problem(path, "`liveness_check` needs a profile call to ask");
}

void CheckCap(EntryInspector* inspector) {
  const Provider::Lifetimes& lifetimes = inspector->provider().lifetimes();
  if (!lifetimes.has_refresh_token_cap()) return;
  const auto model = lifetimes.refresh_token_model();
  if (model != Provider::Lifetimes::MODEL_IDLE && model != Provider::Lifetimes::MODEL_SLIDING) {
    inspector->Problem("lifetimes.refresh_token_cap",
                       "belongs with refresh_token_model idle or sliding");
  }
  if (FromDuration(lifetimes.refresh_token_cap()) <= FromDuration(lifetimes.refresh_token())) {
    inspector->Problem("lifetimes.refresh_token_cap",
                       "must be above the life of one refresh token, which `refresh_token` says");
  }
}

void CheckReserved(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  inspector->CheckParameters(
      "renewal.parameters", provider.renewal().parameters(),
      {"client_id", "redirect_uri", "scopes", "kept", "random"},
      {"grant_type", "refresh_token", provider.authorization().client_id_parameter(),
       provider.client_authentication().client_secret_parameter()});
}

void CheckRevocationRequest(EntryInspector* inspector) {
  const Revocation& revocation = inspector->provider().revocation();
  if (revocation.kind() != Revocation::KIND_REQUEST || !revocation.has_request()) {
    return inspector->Problem("revocation.request", "is required for `request`, and only there");
  }
  const bool more = !revocation.url().empty() || !revocation.parameters().empty() ||
                    revocation.token() != Revocation::TOKEN_UNSPECIFIED ||
                    revocation.no_client_authentication();
  if (more)
    inspector->Problem("revocation", "beside `request` only needs_living_token means something");
  CheckTokenRequest("revocation.request", revocation.request(),
                    {"client_id", "client_secret", "access_token", "refresh_token", "kept"},
                    inspector);
}

}  // namespace

void CheckRenewal(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  const Provider::Renewal& renewal = provider.renewal();
  if (renewal.kind() == Provider::Renewal::KIND_UNSPECIFIED) {
    inspector->Problem(
        "renewal.kind",
        "is required: refresh_token_grant, exchange_access_token, liveness_check or none");
    return;
  }
  CheckRenewalRequest(inspector);
  CheckLostResponsePolicy(inspector);
  CheckReuseEffect(inspector);
  CheckWithoutRefreshToken(inspector);
  CheckReserved(inspector);
  const bool sends_nothing = renewal.kind() == Provider::Renewal::KIND_NONE ||
                             renewal.kind() == Provider::Renewal::KIND_LIVENESS_CHECK;
  if (sends_nothing && (renewal.only_while_alive() || IsPositive(renewal.minimum_age()))) {
    inspector->Problem(
        "renewal",
        "only_while_alive and minimum_age mean nothing where no token is sent to be renewed");
  }
  if (renewal.kind() == Provider::Renewal::KIND_LIVENESS_CHECK &&
      provider.profile_calls().empty()) {
    inspector->Problem("renewal.kind", "`liveness_check` needs a profile call to ask");
  }
}

void CheckLifetimes(EntryInspector* inspector) {
  const Provider::Lifetimes& lifetimes = inspector->provider().lifetimes();
  if (lifetimes.has_access_token() && !IsPositive(lifetimes.access_token())) {
    inspector->Problem("lifetimes.access_token", "must be above 0");
  }
  if (lifetimes.has_access_token() && lifetimes.access_token_never_expires()) {
    inspector->Problem("lifetimes",
                       "access_token and access_token_never_expires exclude each other");
  }
  CheckCap(inspector);
  if (!lifetimes.has_refresh_token()) return;
  if (!IsPositive(lifetimes.refresh_token()))
    inspector->Problem("lifetimes.refresh_token", "must be above 0");
  const auto model = lifetimes.refresh_token_model();
  if (model == Provider::Lifetimes::MODEL_UNSPECIFIED ||
      model == Provider::Lifetimes::MODEL_UNTIL_REVOKED ||
      model == Provider::Lifetimes::MODEL_SAME_AS_ACCESS) {
    inspector->Problem("lifetimes.refresh_token_model",
                       "with a lifetime must be idle, absolute or sliding");
  }
}

void CheckRevocation(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  if (!provider.has_revocation()) return;
  const Revocation& revocation = provider.revocation();
  if (revocation.kind() == Revocation::KIND_UNSPECIFIED) {
    inspector->Problem("revocation.kind",
                       "is required: rfc7009, delete_json, delete_query or request");
  }
  if (revocation.token() == Revocation::TOKEN_BOTH && revocation.kind() != Revocation::KIND_RFC7009)
    inspector->Problem("revocation.token", "`both` belongs to rfc7009");
  if (revocation.kind() == Revocation::KIND_DELETE_JSON &&
      provider.client_authentication().kind() ==
          Provider::ClientAuthentication::KIND_JWT_AS_SECRET) {
    inspector->Problem("revocation.kind",
                       "`delete_json` would send the private key that `jwt_as_secret` signs with");
  }
  if (revocation.kind() == Revocation::KIND_REQUEST || revocation.has_request())
    return CheckRevocationRequest(inspector);
  const bool rfc7009 = revocation.kind() == Revocation::KIND_RFC7009;
  if (!revocation.url().empty()) {
    inspector->CheckUrl("revocation.url", revocation.url(), {"client_id", "kept"});
  } else if (!rfc7009 || provider.issuer().empty()) {
    inspector->Problem("revocation.url", "is required, but for rfc7009 with `issuer`");
  }
  if (revocation.kind() == Revocation::KIND_DELETE_QUERY) {
    inspector->CheckParameters("revocation.parameters", revocation.parameters(),
                               {"client_id", "kept"}, {});
  } else {
    inspector->CheckParameters("revocation.parameters", revocation.parameters(),
                               {"client_id", "access_token", "refresh_token", "kept"},
                               {"token", "token_type_hint"});
  }
}

}  // namespace evertoken
