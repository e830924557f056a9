#ifndef EVERTOKEN_SERVER_PROVIDER_BINDING_VALUES_H_
#define EVERTOKEN_SERVER_PROVIDER_BINDING_VALUES_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/provider/form_encoding.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// What the placeholders of a catalogue entry stand for, for one app and (where given) one user's tokens. Refers to its
// arguments: they must outlive it.
class BindingValues {
 public:
  explicit BindingValues(const ProviderBinding& binding,
                         const storage::v1::ProviderTokens* tokens = nullptr,
                         absl::string_view redirect_uri = {}, absl::string_view code = {});

  // nullopt for what is unknown or empty. {random} is another text each time.
  std::optional<std::string> operator()(absl::string_view name) const;

  // Every value of `parameters` expanded, in the order of their names. PROVIDER_MISCONFIGURED when a placeholder has no value.
  absl::StatusOr<FormFields> Expand(
      const google::protobuf::Map<std::string, std::string>& parameters) const;

  // The same without the parameters that have a placeholder without a value.
  FormFields ExpandKnown(const google::protobuf::Map<std::string, std::string>& parameters) const;

  // Expands a URL. PROVIDER_MISCONFIGURED as above.
  absl::StatusOr<std::string> ExpandUrl(absl::string_view url) const;

 private:
  const ProviderBinding& binding_;
  const storage::v1::ProviderTokens* const tokens_;
  const absl::string_view redirect_uri_;
  const absl::string_view code_;
};

// Whether an app says all that an entry's instance parameters want and nothing else, and has a key where secrets are signed. INVALID_ARGUMENT with every problem.
absl::Status CheckInstance(const config::v1::Provider& entry,
                           const config::v1::ProviderClient& client);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_BINDING_VALUES_H_
