#include "server/rpc/caller_authentication.h"

#include <memory>
#include <optional>

#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/server_context.h"
#include "server/base/error.h"
#include "server/rpc/basic_credentials.h"
#include "server/rpc/call_metadata.h"

namespace evertoken {
namespace {

absl::Status CallerUnknown() {
  return MakeError(v1::ERROR_REASON_CALLER_UNKNOWN,
                   "the caller is unknown: send metadata `authorization: Basic "
                   "base64(app_key:app_secret)` of a registered "
                   "app, or a client certificate that stands for one");
}

}  // namespace

absl::StatusOr<const config::v1::App*> CallerAuthentication::Authenticate(
    const grpc::CallbackServerContext& context) const {
  const MetadataEntry authorization = FindMetadata(context, "authorization");
  if (authorization.count == 1) {
    const std::optional<BasicCredentials> credentials = ParseBasicCredentials(authorization.value);
    if (!credentials.has_value()) return CallerUnknown();
    absl::StatusOr<const config::v1::App*> app =
        apps_->Authenticate(credentials->app_key, credentials->app_secret);
    if (!app.ok()) return CallerUnknown();
    return app;
  }
  // Two credentials could name two apps: none is believed.
  if (authorization.count > 1 || !client_certificates_) return CallerUnknown();
  const std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  const config::v1::App* app = peer == nullptr ? nullptr : AppOfCertificate(*peer);
  if (app == nullptr) return CallerUnknown();
  return app;
}

const config::v1::App* CallerAuthentication::AppOfCertificate(const grpc::AuthContext& peer) const {
  const config::v1::App* found = nullptr;
  for (const char* kind : {GRPC_PEER_DNS_PROPERTY_NAME, GRPC_PEER_URI_PROPERTY_NAME}) {
    for (const grpc::string_ref& name : peer.FindPropertyValues(kind)) {
      const config::v1::App* app =
          apps_->FindByCertificateName(absl::string_view(name.data(), name.size()));
      if (app == nullptr) continue;
      if (found != nullptr && found != app) return nullptr;
      found = app;
    }
  }
  return found;
}

}  // namespace evertoken
