#include "server/provider/check_timing.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/proto_time.h"

namespace evertoken {
namespace {

using config::v1::Provider;

constexpr char kMargin[] = "renewal.timing.margin";
constexpr char kInterval[] = "renewal.timing.keep_alive_interval";

// A margin as long as a life would make every token due as soon as it is there.
void CheckMargin(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  const Provider::Lifetimes& lifetimes = provider.lifetimes();
  const absl::Duration margin = FromDuration(provider.renewal().timing().margin());
  if (margin <= absl::ZeroDuration()) {
    inspector->Problem(kMargin, "must be above 0; leave it out for the default");
    return;
  }
  const auto below = [&](const absl::Duration life, absl::string_view what) {
    if (margin < life) return;
    inspector->Problem(kMargin, absl::StrCat("must be below the ", what, "'s life, which is ",
                                             absl::FormatDuration(life)));
  };
  if (lifetimes.has_access_token()) below(FromDuration(lifetimes.access_token()), "access token");
  if (lifetimes.has_refresh_token())
    below(FromDuration(lifetimes.refresh_token()), "refresh token");
}

void CheckInterval(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  const Provider::Lifetimes& lifetimes = provider.lifetimes();
  const absl::Duration interval = FromDuration(provider.renewal().timing().keep_alive_interval());
  if (interval < absl::Minutes(1) || interval > absl::Hours(24 * 365)) {
    inspector->Problem(kInterval, "must be 1m to 365d; leave it out for none");
    return;
  }
  const absl::Duration minimum_age = FromDuration(provider.renewal().minimum_age());
  if (interval < minimum_age) {
    inspector->Problem(kInterval, absl::StrCat("must not be below minimum_age, which is ",
                                               absl::FormatDuration(minimum_age)));
  }
  const bool idles = lifetimes.refresh_token_model() == Provider::Lifetimes::MODEL_IDLE &&
                     lifetimes.has_refresh_token();
  const absl::Duration idle_life = FromDuration(lifetimes.refresh_token());
  if (idles && interval >= idle_life) {
    inspector->Problem(
        kInterval, absl::StrCat("must be below lifetimes.refresh_token, which is ",
                                absl::FormatDuration(idle_life), ": unused for so long it dies"));
  }
}

void CheckLazy(EntryInspector* inspector) {
  const Provider::Renewal& renewal = inspector->provider().renewal();
  if (renewal.timing().has_margin())
    inspector->Problem(kMargin, "means nothing with mode `lazy`, where no renewal is ever due");
  if (renewal.timing().has_keep_alive_interval())
    inspector->Problem(kInterval, "means nothing with mode `lazy`, where no renewal is ever due");
  if (renewal.only_while_alive()) {
    inspector->Problem("renewal.timing.mode",
                       "`lazy` loses tokens with only_while_alive: nobody renews them while they "
                       "still live");
  }
}

}  // namespace

void CheckTiming(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  const Provider::Renewal& renewal = provider.renewal();
  const absl::Duration minimum_age = FromDuration(renewal.minimum_age());
  const absl::Duration life = FromDuration(provider.lifetimes().access_token());
  if (renewal.only_while_alive() && provider.lifetimes().has_access_token() &&
      minimum_age >= life) {
    inspector->Problem(
        "renewal.minimum_age",
        absl::StrCat("leaves no time for a renewal: with only_while_alive it must be "
                     "below lifetimes.access_token, which is ",
                     absl::FormatDuration(life)));
  }
  if (!renewal.has_timing()) return;
  if (renewal.kind() == Provider::Renewal::KIND_NONE) {
    inspector->Problem("renewal.timing", "means nothing where nothing can be renewed");
    return;
  }
  if (renewal.timing().mode() == Provider::Renewal::MODE_LAZY) {
    CheckLazy(inspector);
    return;
  }
  if (renewal.timing().has_margin()) CheckMargin(inspector);
  if (renewal.timing().has_keep_alive_interval()) CheckInterval(inspector);
}

}  // namespace evertoken
