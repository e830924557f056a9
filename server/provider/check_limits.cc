#include "server/provider/check_limits.h"

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

void CheckRange(const std::string& path, int value, int highest, EntryInspector* inspector) {
  if (value < 1 || value > highest)
    inspector->Problem(path, absl::StrCat("must be 1 to ", highest, ", is ", value));
}

}  // namespace

void CheckLimits(EntryInspector* inspector) {
  const config::v1::Provider::Limits& limits = inspector->provider().limits();
  const double rate = limits.calls_per_second();
  if (limits.has_calls_per_second() && !(rate >= 0.001 && rate <= 100000)) {
    inspector->Problem("limits.calls_per_second",
                       absl::StrCat("must be 0.001 to 100000 calls a second, is ", rate,
                                    "; leave it out for no bound"));
  }
  if (limits.has_burst()) CheckRange("limits.burst", limits.burst(), 1000000, inspector);
  if (limits.has_burst() && !limits.has_calls_per_second())
    inspector->Problem("limits.burst", "has no effect without calls_per_second");
  if (limits.has_concurrent_calls())
    CheckRange("limits.concurrent_calls", limits.concurrent_calls(), 100000, inspector);
}

}  // namespace evertoken
