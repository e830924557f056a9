#include "server/provider/entry_headers.h"

#include "absl/status/statusor.h"
#include "server/provider/binding_values.h"
#include "server/provider/request_headers.h"

namespace evertoken {

absl::Status AddEntryHeaders(const ProviderBinding& binding, HttpRequest* request) {
  const BindingValues values(binding);
  const absl::StatusOr<FormFields> headers = values.Expand(binding.entry->headers());
  if (!headers.ok()) return headers.status();
  HttpRequest clean;
  AddHeaders(*headers, &clean);
  for (const auto& [name, value] : clean.headers) AddHeaderIfMissing(name, value, request);
  return absl::OkStatus();
}

}  // namespace evertoken
