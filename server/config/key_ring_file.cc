#include "server/config/key_ring_file.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/config/file_text.h"

namespace evertoken {

config::v1::KeyRing LoadKeyRingFile(const std::string& path, std::vector<ConfigProblem>* problems) {
  config::v1::KeyRing ring;
  absl::StatusOr<std::string> text = ReadPrivateFileText(path);
  if (!text.ok()) {
    std::string what(text.status().message());
    if (absl::IsNotFound(text.status()))
      absl::StrAppend(&what, "; `evertoken keys generate --out ", path, "` makes one");
    problems->push_back({path, 0, "", std::move(what)});
    return ring;
  }
  const Secret yaml(*std::move(text));
  ReadYaml(yaml.Reveal(), path, YamlOptions(), &ring, nullptr, problems);
  return ring;
}

Secret KeyRingFileText(const config::v1::KeyRing& ring) {
  std::string text =
      "# Keys of an Evertoken server. Whoever has this file can read every stored token: keep it "
      "secret, keep a copy safe.\n"
      "# The first key seals and hashes from now on; all of them open. To rotate, put a new key "
      "first and keep the old ones\n"
      "# until everything they sealed has expired.\n"
      "keys:\n";
  for (const config::v1::KeyRing::Key& key : ring.keys()) {
    absl::StrAppend(&text, "  - id: \"", key.id(), "\"\n    secret: \"", key.secret(), "\"\n");
  }
  return Secret(std::move(text));
}

}  // namespace evertoken
