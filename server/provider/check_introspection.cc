#include "server/provider/check_introspection.h"

#include <string>

#include "absl/time/time.h"
#include "server/base/proto_time.h"
#include "server/provider/check_request.h"

namespace evertoken {
namespace {

using config::v1::Provider;

void CheckActive(const Provider::Introspection& introspection, EntryInspector* inspector) {
  for (const auto& [pointer, values] : introspection.active()) {
    const std::string path = MemberPath("introspection.active", pointer);
    inspector->CheckPointer(path, pointer);
    if (values.any_of().empty() && values.contains().empty() && values.none_of().empty())
      inspector->Problem(path, "needs values; `*` means that it is there");
  }
}

}  // namespace

void CheckIntrospection(EntryInspector* inspector) {
  if (!inspector->provider().has_introspection()) return;
  const Provider::Introspection& introspection = inspector->provider().introspection();
  const Provider::TokenRequest& request = introspection.request();
  CheckTokenRequest("introspection.request", request,
                    {"client_id", "client_secret", "access_token", "kept"}, inspector);
  const bool bears = request.proof() == Provider::TokenRequest::PROOF_BEARER;
  if (!bears && !Mentions(request, "access_token"))
    inspector->Problem("introspection.request",
                       "must hold {access_token}: it is what is looked at");
  CheckActive(introspection, inspector);
  inspector->CheckPointer("introspection.audience", introspection.audience());
  inspector->CheckPointer("introspection.subject", introspection.subject());
  // Whether an app's client has a secret at all is asked when it brings a token, see ProvesAudience.
  const bool has_secret = inspector->provider().client_authentication().kind() !=
                          Provider::ClientAuthentication::KIND_NONE;
  const bool proves_client =
      (has_secret && request.proof() == Provider::TokenRequest::PROOF_CLIENT) ||
      Mentions(request, "client_secret");
  if (introspection.audience().empty() && !proves_client) {
    inspector->Problem("introspection.audience",
                       "is required where the request does not prove the client: another app's "
                       "token would be taken");
  }
  if (!introspection.has_interval()) return;
  const absl::Duration interval = FromDuration(introspection.interval());
  if (interval < absl::Minutes(10) || interval > absl::Hours(24 * 30))
    inspector->Problem("introspection.interval", "must be 10m to 30d");
}

}  // namespace evertoken
