#ifndef EVERTOKEN_TESTS_PROVIDERS_CASE_PLAYER_H_
#define EVERTOKEN_TESTS_PROVIDERS_CASE_PLAYER_H_

#include <memory>
#include <string>
#include <vector>

#include "evertoken/config/v1/provider_catalog.pb.h"
#include "server/cases/case_file.h"
#include "server/provider/provider_catalog.h"

namespace evertoken {

// The catalogue that ships, as a source.
ProviderCatalog::Source ShippedSource();

// The ids of its entries.
std::vector<std::string> ShippedIds();

// The case file of an entry; an entry without one is a test failure, and so is what is wrong in it.
CaseFile ShippedCases(const std::string& id);

// Plays a case in virtual time, without a network; gives what was not as expected.
std::vector<std::string> PlayCase(const ProviderCase& played,
                                  std::shared_ptr<const config::v1::Provider> entry);

// The same over HTTP: the client of the real program speaks to a server on loopback.
std::vector<std::string> PlayCaseOverHttp(const ProviderCase& played,
                                          std::shared_ptr<const config::v1::Provider> entry);

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_PROVIDERS_CASE_PLAYER_H_
