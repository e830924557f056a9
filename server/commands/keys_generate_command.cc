#include "server/commands/keys_generate_command.h"

#include <ostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/ids.h"
#include "server/base/secret.h"
#include "server/config/file_text.h"
#include "server/config/key_ring_file.h"
#include "server/store/key_ring.h"

namespace evertoken {
namespace {

// Random, so that rings made on two machines can be joined.
std::string FreshId() { return absl::StrCat("key-", RandomGuid().substr(0, 8)); }

int Run(const Arguments& arguments, CommandIo* io) {
  const std::string id = arguments.Get("id", FreshId());
  const absl::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (id.size() > 32 ||
      absl::string_view(id).find_first_not_of(allowed) != absl::string_view::npos) {
    *io->err
        << "evertoken keys generate: --id must be 1 to 32 lower-case letters, digits and dashes\n";
    return kExitMisused;
  }
  config::v1::KeyRing ring = KeyRing::Generate(id);
  const Secret text = KeyRingFileText(ring);
  for (config::v1::KeyRing::Key& key : *ring.mutable_keys()) WipeString(key.mutable_secret());
  if (!arguments.Has("out")) {
    *io->out << text.Reveal();
    return kExitDone;
  }
  const std::string path = arguments.Get("out");
  const absl::Status status = WriteNewPrivateFile(path, text.Reveal());
  if (!status.ok()) {
    *io->err << "evertoken keys generate: " << path << " "
             << (absl::IsAlreadyExists(status)
                     ? "exists, and a key ring is never overwritten: what it sealed would be lost"
                     : std::string(status.message()))
             << "\n";
    return kExitFailed;
  }
  *io->err << "Wrote " << path << " with the key `" << id
           << "`. Keep it secret and keep a copy: stored logins cannot be read without it.\n";
  return kExitDone;
}

}  // namespace

Command KeysGenerateCommand() {
  return {
      .name = "keys generate",
      .summary = "Makes a key ring: the keys that seal what is stored.",
      .description =
          "Makes a key ring with one new random key. With --out it becomes a file that only you "
          "may read, and never replaces\n"
          "one; without, it goes to standard output. Name the file as `key_ring` in the "
          "configuration. To rotate keys, put\n"
          "the new key first in the existing file and keep the old ones below it.",
      .example = "evertoken keys generate --out keys.yaml",
      .flags = {{"out", "FILE", "Where to write it. Must not exist yet.", false, false},
                {"id", "ID", "Name of the key, of a-z, 0-9 and dashes. Default: a random one.",
                 false, false}},
      .run = Run,
  };
}

}  // namespace evertoken
