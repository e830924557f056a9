#ifndef EVERTOKEN_SERVER_CASES_URL_SECRETS_H_
#define EVERTOKEN_SERVER_CASES_URL_SECRETS_H_

#include <string>

#include "evertoken/config/v1/provider_catalog.pb.h"
#include "server/cases/case_file.h"

namespace evertoken {

// Whether a URL that a case sent holds a secret, of those that cases have, at a place where the entry does not put this one: in the path
// when the URL of no request that goes there names it, in a query parameter when that parameter does not.
bool HoldsStraySecret(const ProviderCase& played, const config::v1::Provider& entry,
                      const std::string& url);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_URL_SECRETS_H_
