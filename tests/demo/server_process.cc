#include "tests/demo/server_process.h"

#include <sys/stat.h>

#include <boost/json.hpp>
#include <fstream>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "server/base/ids.h"
#include "server/store/key_ring.h"
#include "tests/demo/form.h"

namespace evertoken::demo {
namespace {

constexpr char kAppKey[] = "demo";
constexpr absl::Duration kStartTimeout = absl::Seconds(30);

// Readable by nobody else: there are secrets in it.
absl::Status WriteFile(const std::string& path, absl::string_view text) {
  std::ofstream file(path, std::ios::trunc);
  chmod(path.c_str(), 0600);
  file << text;
  file.close();
  return file ? absl::OkStatus() : absl::InternalError(absl::StrCat("cannot write ", path));
}

std::string KeyRingYaml(const config::v1::KeyRing& ring) {
  return absl::StrCat("keys:\n  - id: ", ring.keys(0).id(),
                      "\n    secret: ", JsonString(ring.keys(0).secret()), "\n");
}

constexpr char kCatalog[] = R"(providers:
  demo:
    display_name: Demo provider
    extends: oidc
)";

constexpr char kConfig[] = R"(grpc: {listen: "127.0.0.1:$0"}
web: {listen: "127.0.0.1:$1"}
store:
  $2
key_ring: key_ring.yaml
catalogs: [shipped, providers.yaml]
apps:
  - key: $3
    display_name: Demo app
    secret_hashes: [$4]
    redirect_uris: [$5]
    allow_provider_token: true
    providers:
      demo:
        client_id: $6
        client_secret: $7
        instance: {issuer: $8}
$9
)";

std::string ConfigYaml(const ServerOptions& options, const DemoProvider& provider,
                       absl::string_view secret_hash) {
  return absl::Substitute(kConfig, options.grpc_port, options.web_port, options.store, kAppKey,
                          JsonString(secret_hash), JsonString(options.app_redirect_uri),
                          JsonString(provider.client_id()), JsonString(provider.client_secret()),
                          JsonString(provider.issuer()), options.more);
}

// The ports in the line that `serve --print-ports` prints.
absl::Status ReadPorts(const std::string& line, int* grpc_port, int* web_port) {
  boost::system::error_code error;
  const boost::json::value json = boost::json::parse(line, error);
  if (error || !json.is_object()) return absl::InternalError("the server printed no ports");
  const boost::json::value* const grpc = json.as_object().if_contains("grpc_port");
  const boost::json::value* const web = json.as_object().if_contains("web_port");
  if (grpc == nullptr || web == nullptr || !grpc->is_int64() || !web->is_int64()) {
    return absl::InternalError("the server printed no ports");
  }
  *grpc_port = static_cast<int>(grpc->as_int64());
  *web_port = static_cast<int>(web->as_int64());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(const ServerOptions& options,
                                                                    DemoProvider* provider) {
  std::unique_ptr<ServerProcess> server(new ServerProcess());
  if (const ServerProcess* const sibling = options.sibling; sibling != nullptr) {
    server->app_secret_ = sibling->app_secret_;
    server->app_secret_hash_ = sibling->app_secret_hash_;
    server->key_ring_yaml_ = sibling->key_ring_yaml_;
  } else if (absl::Status made = server->MakeSecrets(); !made.ok()) {
    return made;
  }

  const std::string config = absl::StrCat(options.directory, "/config.yaml");
  absl::Status written =
      WriteFile(absl::StrCat(options.directory, "/key_ring.yaml"), server->key_ring_yaml_);
  written.Update(WriteFile(absl::StrCat(options.directory, "/providers.yaml"), kCatalog));
  written.Update(WriteFile(config, ConfigYaml(options, *provider, server->app_secret_hash_)));
  if (!written.ok()) return written;

  absl::StatusOr<std::unique_ptr<ChildProcess>> process =
      ChildProcess::Start({options.binary, "serve", "--config", config, "--print-ports"},
                          absl::StrCat(options.directory, "/server.log"));
  if (!process.ok()) return process.status();
  server->process_ = *std::move(process);
  const absl::StatusOr<std::string> line = server->process_->ReadLine(kStartTimeout);
  if (!line.ok()) return line.status();
  const absl::Status ports = ReadPorts(*line, &server->grpc_port_, &server->web_port_);
  if (!ports.ok()) return ports;
  provider->AllowRedirectUri(
      absl::StrCat("http://localhost:", server->web_port_, "/callback/demo"));
  return server;
}

absl::Status ServerProcess::MakeSecrets() {
  const config::v1::KeyRing ring = KeyRing::Generate("demo");
  const absl::StatusOr<std::unique_ptr<KeyRing>> keys = KeyRing::New(ring);
  if (!keys.ok()) return keys.status();
  key_ring_yaml_ = KeyRingYaml(ring);
  app_secret_ = RandomToken(32);
  app_secret_hash_ = (*keys)->HashAppSecret(kAppKey, app_secret_);
  return absl::OkStatus();
}

std::string ServerProcess::app_key() { return kAppKey; }

std::string ServerProcess::BasicAuthorization() const {
  return absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(kAppKey, ":", app_secret_)));
}

}  // namespace evertoken::demo
