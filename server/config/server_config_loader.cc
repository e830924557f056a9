#include "server/config/server_config_loader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/config/env_overrides.h"
#include "server/config/file_text.h"
#include "server/config/server_config_checker.h"
#include "server/config/server_config_defaults.h"

namespace evertoken {
namespace {

// Readable now, by this user: a start that fails on the third certificate is found by `config check`.
void CheckReadable(const LoadedServerConfig& loaded, const std::string& at, const std::string& path,
                   std::vector<ConfigProblem>* problems) {
  if (path.empty()) return;
  const absl::StatusOr<std::string> text = ReadFileText(PathFrom(loaded.base_dir, path));
  if (!text.ok())
    problems->push_back(
        loaded.sources.Problem(at, absl::StrCat("the file ", path, " ", text.status().message())));
}

void CheckTlsFiles(const LoadedServerConfig& loaded, const std::string& at,
                   const config::v1::Tls& tls, std::vector<ConfigProblem>* problems) {
  CheckReadable(loaded, at + ".certificate", tls.certificate(), problems);
  CheckReadable(loaded, at + ".private_key", tls.private_key(), problems);
  CheckReadable(loaded, at + ".client_ca", tls.client_ca(), problems);
}

void CheckNamedFiles(const LoadedServerConfig& loaded, std::vector<ConfigProblem>* problems) {
  CheckTlsFiles(loaded, "grpc.tls", loaded.config.grpc().tls(), problems);
  CheckTlsFiles(loaded, "web.tls", loaded.config.web().tls(), problems);
  const config::v1::Store::RedisTls& redis = loaded.config.store().redis().tls();
  CheckReadable(loaded, "store.redis.tls.ca", redis.ca(), problems);
  CheckReadable(loaded, "store.redis.tls.certificate", redis.certificate(), problems);
  CheckReadable(loaded, "store.redis.tls.private_key", redis.private_key(), problems);
  CheckReadable(loaded, "outbound.ca", loaded.config.outbound().ca(), problems);
}

}  // namespace

LoadedServerConfig ParseServerConfig(absl::string_view yaml, const std::string& file,
                                     const Environment& environment,
                                     std::vector<ConfigProblem>* problems) {
  LoadedServerConfig loaded;
  loaded.base_dir = FolderOf(file);
  loaded.sources.file = file;
  YamlOptions options;
  options.lookup = [&environment](const std::string& name) {
    const auto it = environment.find(name);
    return it == environment.end() ? nullptr : &it->second;
  };
  std::vector<ConfigProblem> read_problems;
  ReadYaml(yaml, file, options, &loaded.config, &loaded.sources.lines, &read_problems);
  ApplyEnvOverrides(environment, &loaded.config, &loaded.sources, &read_problems);
  FillDefaults(&loaded.config);
  std::vector<ConfigProblem> rule_problems;
  CheckServerConfig(loaded.config, loaded.sources, &rule_problems);
  AddUnexplained(std::move(rule_problems), &read_problems);
  problems->insert(problems->end(), read_problems.begin(), read_problems.end());
  return loaded;
}

LoadedServerConfig LoadServerConfig(const std::string& path, const Environment& environment,
                                    std::vector<ConfigProblem>* problems) {
  const absl::StatusOr<std::string> text = ReadFileText(path);
  if (!text.ok()) {
    problems->push_back({path, 0, "", std::string(text.status().message())});
    return LoadedServerConfig();
  }
  LoadedServerConfig loaded = ParseServerConfig(*text, path, environment, problems);
  CheckNamedFiles(loaded, problems);
  loaded.exposed = FindExposedFiles(*text, path, loaded.config);
  return loaded;
}

}  // namespace evertoken
