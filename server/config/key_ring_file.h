#ifndef EVERTOKEN_SERVER_CONFIG_KEY_RING_FILE_H_
#define EVERTOKEN_SERVER_CONFIG_KEY_RING_FILE_H_

#include <string>
#include <vector>

#include "evertoken/config/v1/key_ring.pb.h"
#include "server/base/secret.h"
#include "server/config/yaml_message.h"

namespace evertoken {

// Reads a key ring file (YAML, see key_ring.proto). Refused is a file that others than its owner may read. The keys themselves
// are checked by KeyRing::New. Problems never repeat a value.
config::v1::KeyRing LoadKeyRingFile(const std::string& path, std::vector<ConfigProblem>* problems);

// The file's text for a ring.
Secret KeyRingFileText(const config::v1::KeyRing& ring);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_KEY_RING_FILE_H_
