#ifndef EVERTOKEN_SERVER_CASES_CASE_RUNNER_H_
#define EVERTOKEN_SERVER_CASES_CASE_RUNNER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/task.h"
#include "server/cases/case_file.h"
#include "server/cases/scripted_provider.h"
#include "server/provider/provider_api.h"
#include "server/provider/provider_catalog.h"

namespace evertoken {

// The catalogue, as YAML, that makes the change that a case wants of its entry.
std::string OverlayOfCase(const ProviderCase& played);

// The entry of a case: the one of `sources`, changed by the case's own overlay if it has one. INVALID_ARGUMENT with the problems of
// that, NOT_FOUND when there is no such entry.
absl::StatusOr<std::shared_ptr<const config::v1::Provider>> EntryOfCase(
    const ProviderCase& played, std::vector<ProviderCatalog::Source> sources);

// Does what the case says with the real client code and gives what was not as it expects; nothing: it passed. All must live until the
// task is over; `clock` must stand still.
Task<std::vector<std::string>> RunCase(const ProviderCase* played,
                                       std::shared_ptr<const config::v1::Provider> entry,
                                       ProviderApi* api, ScriptedProvider* provider,
                                       const Clock* clock);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_CASE_RUNNER_H_
