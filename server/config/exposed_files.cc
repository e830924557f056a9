#include "server/config/exposed_files.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/config/file_text.h"
#include "server/config/yaml_message.h"

namespace evertoken {
namespace {

using config::v1::ServerConfig;

// The settings whose secret stands in the file itself. In order.
std::vector<std::string> LiteralSecrets(absl::string_view yaml, const std::string& path) {
  // With an environment of empty values only what is literal is left.
  const std::string empty;
  YamlOptions options;
  options.lookup = [&empty](const std::string&) { return &empty; };
  ServerConfig literal;
  std::vector<ConfigProblem> told_elsewhere;
  ReadYaml(yaml, path, options, &literal, nullptr, &told_elsewhere);

  std::vector<std::string> settings;
  if (!literal.store().redis().password().empty()) settings.push_back("store.redis.password");
  for (int i = 0; i < literal.apps_size(); ++i) {
    const std::string clients = MemberPath(ElementPath("apps", i), "providers");
    for (const auto& [id, client] : literal.apps(i).providers()) {
      if (!client.client_secret().empty())
        settings.push_back(MemberPath(MemberPath(clients, id), "client_secret"));
    }
  }
  std::sort(settings.begin(), settings.end());
  return settings;
}

void AddIfExposed(const std::string& file, std::string holds, const std::string& more_advice,
                  std::vector<ExposedFile>* exposed) {
  const std::optional<int> mode = ExposedMode(file);
  if (!mode.has_value()) return;
  exposed->push_back({file, absl::StrFormat("%04o", *mode), std::move(holds),
                      absl::StrCat("run `chmod 600 ", file, "`", more_advice)});
}

}  // namespace

std::string ExposedFile::ToString() const {
  return absl::StrCat(file, ": others may read this file (mode ", mode, "), which holds ", holds,
                      ": ", advice);
}

std::vector<ExposedFile> FindExposedFiles(absl::string_view yaml, const std::string& path,
                                          const ServerConfig& config) {
  std::vector<ExposedFile> exposed;
  const std::vector<std::string> secrets = LiteralSecrets(yaml, path);
  if (!secrets.empty()) {
    AddIfExposed(path, absl::StrJoin(secrets, ", "),
                 ", or write ${NAME} there and set the secret in the environment", &exposed);
  }
  const std::pair<const char*, const std::string*> keys[] = {
      {"grpc.tls.private_key", &config.grpc().tls().private_key()},
      {"web.tls.private_key", &config.web().tls().private_key()},
      {"store.redis.tls.private_key", &config.store().redis().tls().private_key()}};
  for (const auto& [setting, key] : keys) {
    if (!key->empty()) AddIfExposed(PathFrom(FolderOf(path), *key), setting, "", &exposed);
  }
  return exposed;
}

}  // namespace evertoken
