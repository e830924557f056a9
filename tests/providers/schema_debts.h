#ifndef EVERTOKEN_TESTS_PROVIDERS_SCHEMA_DEBTS_H_
#define EVERTOKEN_TESTS_PROVIDERS_SCHEMA_DEBTS_H_

#include <set>
#include <string>

namespace evertoken {

// Fields and values that no entry and no case uses yet. To be emptied: a name goes when an entry or a case uses it.
const std::set<std::string>& UnusedNames();

// Fields that entries use and no case misses yet. To be emptied too.
const std::set<std::string>& NamesWithoutACase();

// Fields that no case can miss, because other code than the provider client reads them, and has tests of its own.
const std::set<std::string>& NamesReadElsewhere();

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_PROVIDERS_SCHEMA_DEBTS_H_
