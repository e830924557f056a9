#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_ADMIN_MESSAGES_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_ADMIN_MESSAGES_H_

#include <boost/json.hpp>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/hostile_provider/family_policy.h"
#include "tests/hostile_provider/token_book.h"
#include "tests/hostile_provider/trouble.h"
#include "tests/hostile_provider/trouble_script.h"

// What the admin endpoint reads and writes, as JSON. Members have the names of the C++ fields; README.md lists them.
namespace evertoken::hostile {

// A trouble and when it is met.
struct TroubleOrder {
  Endpoint endpoint = Endpoint::kToken;
  Trouble trouble;
  int64_t times = 1;
  int64_t family = TroubleScript::kAnybody;
  double probability = 0;  // above 0: by chance, instead of so many times
};

// INVALID_ARGUMENT with everything that is wrong with the object.
absl::StatusOr<FamilyPolicy> ReadPolicy(const boost::json::object& object);
absl::StatusOr<TroubleOrder> ReadTroubleOrder(const boost::json::object& object);

boost::json::object WritePair(const IssuedPair& pair);
boost::json::object WriteFamily(const Family& family);
boost::json::object WritePresentation(const Presentation& presentation);

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_ADMIN_MESSAGES_H_
