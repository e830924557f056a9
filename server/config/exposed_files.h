#ifndef EVERTOKEN_SERVER_CONFIG_EXPOSED_FILES_H_
#define EVERTOKEN_SERVER_CONFIG_EXPOSED_FILES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "evertoken/config/v1/server_config.pb.h"

namespace evertoken {

// A file with secrets that others than its owner may read. To be warned of and not refused: container platforms mount secrets
// that way unless told otherwise.
struct ExposedFile {
  std::string file;
  std::string mode;    // octal, for example 0644
  std::string holds;   // the settings that are secret, or whose private key it is; never a value
  std::string advice;  // what to do

  std::string ToString() const;
};

// The exposed ones (see ExposedMode in file_text.h) among: the configuration's own file, when a secret stands in `yaml`, its text,
// literally and not as `${NAME}`; and the private keys of TLS that `config` names, relative to the folder of `path`.
std::vector<ExposedFile> FindExposedFiles(absl::string_view yaml, const std::string& path,
                                          const config::v1::ServerConfig& config);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_EXPOSED_FILES_H_
