#include "server/broker/login_gate.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/config/lifecycle.h"

namespace evertoken {

absl::Status CheckTakesLogins(const ProviderBinding& binding, absl::Time now) {
  if (!HasEnded(*binding.entry, now)) return absl::OkStatus();
  const config::v1::Provider::Lifecycle& lifecycle = binding.entry->lifecycle();
  std::string what = absl::StrCat("provider '", binding.provider, "' takes no logins since ",
                                  lifecycle.end_date());
  if (!lifecycle.replaced_by().empty())
    absl::StrAppend(&what, "; provider '", lifecycle.replaced_by(), "' takes its place");
  return MakeError(v1::ERROR_REASON_PROVIDER_DISABLED, what);
}

}  // namespace evertoken
