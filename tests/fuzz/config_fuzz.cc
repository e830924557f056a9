// A server configuration file, as far as its types.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "evertoken/config/v1/key_ring.pb.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/config/yaml_message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string yaml(reinterpret_cast<const char*>(data), size);
  const std::string value = "${X}";
  evertoken::YamlOptions options;
  options.lookup = [&value](const std::string& name) { return name == "X" ? &value : nullptr; };
  std::vector<evertoken::ConfigProblem> problems;
  evertoken::config::v1::ServerConfig config;
  evertoken::config::v1::KeyRing ring;
  evertoken::SourceMap lines;
  evertoken::ReadYaml(yaml, "fuzz.yaml", options, &config, &lines, &problems);
  evertoken::ReadYaml(yaml, "fuzz.yaml", options, &ring, nullptr, &problems);
  for (const evertoken::ConfigProblem& problem : problems) lines.LineOf(problem.path);
  return 0;
}
