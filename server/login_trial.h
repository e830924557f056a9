#ifndef EVERTOKEN_SERVER_LOGIN_TRIAL_H_
#define EVERTOKEN_SERVER_LOGIN_TRIAL_H_

#include <functional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/catalog_files.h"

namespace evertoken {

// A login by hand at a real provider, with the code that serves apps: what a catalogue entry is worth.
struct LoginTrial {
  CatalogFiles files;
  std::string provider;
  config::v1::ProviderClient client;
  std::string redirect_uri;
  bool revoke = false;  // ends the grant afterwards
  // Gives the callback's parameters once the person has signed in.
  std::function<absl::StatusOr<std::string>()> callback;
};

// Prints where to sign in, and then each step and its outcome. Tokens are printed as their first letters and length, replies as names,
// types and lengths. The error of the first step that failed; later steps are done where they can be.
absl::Status TryLogin(const LoginTrial& trial, std::ostream* out);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_LOGIN_TRIAL_H_
