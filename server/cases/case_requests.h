#ifndef EVERTOKEN_SERVER_CASES_CASE_REQUESTS_H_
#define EVERTOKEN_SERVER_CASES_CASE_REQUESTS_H_

#include "absl/time/time.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "server/cases/case_failures.h"
#include "server/cases/case_file.h"
#include "server/cases/scripted_provider.h"

namespace evertoken {

// Whether every request that the case describes was sent as it says, and no URL held a secret unless the entry admits it. `now`: the
// time of the case.
void CheckRequests(const ProviderCase& played, const config::v1::Provider& entry,
                   const ScriptedProvider& provider, absl::Time now, CaseFailures* failures);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_CASE_REQUESTS_H_
