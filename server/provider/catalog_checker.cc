#include "server/provider/catalog_checker.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/config/lifecycle.h"
#include "server/http/egress_policy.h"
#include "server/provider/check_introspection.h"
#include "server/provider/check_limits.h"
#include "server/provider/check_profile.h"
#include "server/provider/check_profile_fields.h"
#include "server/provider/check_renewal.h"
#include "server/provider/check_timing.h"
#include "server/provider/check_tokens.h"
#include "server/provider/entry_inspector.h"
#include "server/provider/reply_hosts.h"
#include "server/provider/url_template.h"

namespace evertoken {
namespace {

using config::v1::Provider;

constexpr int kMostReplyHosts = 16;

bool IsId(absl::string_view id) {
  return !id.empty() && id.size() <= 40 && std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
  });
}

void CheckIdentity(const std::string& id, EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  if (!IsId(id)) inspector->Problem("", "an entry's id must be 1 to 40 of [a-z0-9-]");
  if (provider.display_name().empty() || provider.display_name().size() > 100) {
    inspector->Problem("display_name", "is required, at most 100 bytes");
  }
  if (provider.issuer().empty()) return;
  inspector->CheckUrl("issuer", provider.issuer());
  if (absl::StrContains(provider.issuer(), '?'))
    inspector->Problem("issuer", "must not have a query");
}

void CheckLifecycle(EntryInspector* inspector) {
  const Provider::Lifecycle& lifecycle = inspector->provider().lifecycle();
  const bool ends = lifecycle.state() == Provider::Lifecycle::STATE_END_OF_LIFE;
  if (ends && !ParseDay(lifecycle.end_date()).has_value())
    inspector->Problem("lifecycle.end_date", "is required, a day such as 2026-09-30");
  if (!ends && !lifecycle.end_date().empty())
    inspector->Problem("lifecycle.end_date", "is for `state: end_of_life`");
  if (!lifecycle.replaced_by().empty() && !IsId(lifecycle.replaced_by()))
    inspector->Problem("lifecycle.replaced_by", "must be the id of an entry");
  if (lifecycle.note().size() > 500) inspector->Problem("lifecycle.note", "is over 500 bytes");
}

void CheckEntryHeaders(EntryInspector* inspector) {
  const auto& headers = inspector->provider().headers();
  inspector->CheckHeaders("headers", headers, {"client_id"});
  for (const auto& [name, unused] : headers) {
    if (absl::EqualsIgnoreCase(name, "authorization"))
      inspector->Problem(MemberPath("headers", name), "is set by the server itself");
  }
}

void CheckReplyHosts(EntryInspector* inspector) {
  const auto& hosts = inspector->provider().reply_hosts();
  if (hosts.size() > kMostReplyHosts)
    inspector->Problem("reply_hosts", absl::StrCat("more than ", kMostReplyHosts));
  for (int i = 0; i < hosts.size(); ++i) {
    if (!IsReplyHostPattern(hosts[i])) {
      inspector->Problem(ElementPath("reply_hosts", static_cast<size_t>(i)),
                         "must be a host name in lower case, or `.example.com` for all below it");
    }
  }
}

void CheckInstanceParameters(EntryInspector* inspector) {
  for (const auto& [name, parameter] : inspector->provider().instance_parameters()) {
    const std::string path = MemberPath("instance_parameters", name);
    const absl::StatusOr<std::vector<Placeholder>> as_placeholder =
        PlaceholdersOf(absl::StrCat("{instance:", name, "}"));
    if (!as_placeholder.ok()) inspector->Problem(path, "a parameter's name must be of [a-z0-9_-]");
    if (parameter.pattern().empty()) continue;
    RE2::Options options(RE2::Quiet);
    const RE2 pattern(parameter.pattern(), options);
    if (!pattern.ok()) {
      inspector->Problem(path + ".pattern", "is not an RE2 pattern");
    } else if (!parameter.default_value().empty() &&
               !RE2::FullMatch(parameter.default_value(), pattern)) {
      inspector->Problem(path + ".default_value", "does not match the pattern");
    }
  }
}

// A key that everybody may know, or that signs our own secrets, is no secret to verify by.
void CheckSecretSignature(EntryInspector* inspector) {
  const auto kind = inspector->provider().client_authentication().kind();
  if (kind == Provider::ClientAuthentication::KIND_NONE ||
      kind == Provider::ClientAuthentication::KIND_JWT_AS_SECRET) {
    inspector->Problem("id_token.algorithms[0]", "HS256 needs clients that have a secret");
  }
}

void CheckIdToken(EntryInspector* inspector) {
  static const auto* const kKnown = new std::set<std::string>{
      "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"};
  const Provider::IdToken& id_token = inspector->provider().id_token();
  const bool by_secret = id_token.algorithms_size() == 1 && id_token.algorithms(0) == "HS256";
  if (by_secret) CheckSecretSignature(inspector);
  for (int i = 0; i < id_token.algorithms_size(); ++i) {
    if (!by_secret && kKnown->count(id_token.algorithms(i)) == 0) {
      inspector->Problem(
          ElementPath("id_token.algorithms", static_cast<size_t>(i)),
          "must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512; or HS256 "
          "alone");
    }
  }
  const int64_t leeway = id_token.leeway().seconds();
  if (leeway < 0 || leeway > 300) inspector->Problem("id_token.leeway", "must be at most 5m");
  for (int i = 0; i < id_token.additional_issuers_size(); ++i) {
    inspector->CheckUrl(ElementPath("id_token.additional_issuers", static_cast<size_t>(i)),
                        id_token.additional_issuers(i));
  }
  const bool speaks_of_issuer =
      !id_token.issuer_template().empty() || !id_token.additional_issuers().empty();
  if (speaks_of_issuer && inspector->provider().issuer().empty()) {
    inspector->Problem("id_token", "needs the entry's `issuer`");
  }
  const absl::StatusOr<std::vector<Placeholder>> claims =
      PlaceholdersOf(id_token.issuer_template());
  if (!claims.ok())
    return inspector->Problem("id_token.issuer_template", std::string(claims.status().message()));
  for (const Placeholder& claim : *claims) {
    if (claim.position != UrlPosition::kPath || absl::StrContains(claim.name, ':')) {
      inspector->Problem("id_token.issuer_template", "may hold claims in its path only");
    }
  }
}

}  // namespace

void CheckEntry(const ResolvedEntry& entry, bool allow_insecure_loopback,
                std::vector<ConfigProblem>* problems) {
  EgressPolicy urls(allow_insecure_loopback);
  EntryInspector inspector(&entry, &urls, problems);
  CheckIdentity(entry.id, &inspector);
  CheckLifecycle(&inspector);
  CheckInstanceParameters(&inspector);
  CheckEntryHeaders(&inspector);
  CheckReplyHosts(&inspector);
  CheckAuthorization(&inspector);
  CheckTokenEndpoint(&inspector);
  CheckRenewal(&inspector);
  CheckTiming(&inspector);
  CheckLifetimes(&inspector);
  CheckRevocation(&inspector);
  CheckIntrospection(&inspector);
  CheckProfileCalls(&inspector);
  CheckProfileFields(&inspector);
  CheckErrorRules(&inspector);
  CheckIdToken(&inspector);
  CheckLimits(&inspector);
}

}  // namespace evertoken
