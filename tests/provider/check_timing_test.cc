// When tokens are renewed without a caller, as a catalogue may say it.

#include "server/provider/check_timing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/proto_time.h"
#include "server/provider/provider_catalog.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using ::testing::HasSubstr;

absl::StatusOr<std::shared_ptr<const ProviderCatalog>> Parse(const std::string& renewal,
                                                             const std::string& lifetimes) {
  return ProviderCatalog::Parse(
      {{"test.yaml", absl::StrCat(R"(providers:
  acme:
    display_name: Acme
    authorization: {url: 'https://acme.example/authorize'}
    token: {url: 'https://acme.example/token'}
    profile_calls: [{name: me, url: 'https://acme.example/me'}]
    profile_fields: {subject: /id}
    lifetimes: {)",
                                  lifetimes, "}\n    renewal: {", renewal, "}\n")}},
      /*allow_insecure_loopback=*/false);
}

constexpr char kGrant[] = "kind: refresh_token_grant, lost_response_policy: retry";
constexpr char kExchange[] =
    "kind: exchange_access_token, lost_response_policy: retry, only_while_alive: true, request: "
    "{url: 'https://acme.example/token', parameters: {t: '{access_token}'}}";

struct Case {
  const char* renewal;
  const char* more;
  const char* lifetimes;
  const char* problem;
};

TEST(CheckTimingTest, RefusesWhatCannotWork) {
  const char* days = "refresh_token: 90d, refresh_token_model: sliding";
  const char* idle = "refresh_token: 90d, refresh_token_model: idle";
  for (const Case& bad : {
           Case{kGrant, "timing: {margin: 0s}", "", "renewal.timing.margin: must be above 0"},
           Case{kGrant, "timing: {margin: 1h}", "access_token: 1h",
                "below the access token's life"},
           Case{kGrant, "timing: {margin: 91d}", days, "below the refresh token's life"},
           Case{kGrant, "timing: {keep_alive_interval: 59s}", "", "must be 1m to 365d"},
           Case{kGrant, "timing: {keep_alive_interval: 366d}", "", "must be 1m to 365d"},
           Case{kGrant, "minimum_age: 2h, timing: {keep_alive_interval: 1h}", "",
                "must not be below minimum_age, which is 2h"},
           Case{kGrant, "timing: {keep_alive_interval: 90d}", idle, "unused for so long it dies"},
           Case{kGrant, "timing: {mode: lazy, margin: 1m}", "", "margin: means nothing"},
           Case{kGrant, "timing: {mode: lazy, keep_alive_interval: 1h}", "",
                "keep_alive_interval: means nothing"},
           Case{kExchange, "timing: {mode: lazy}", "", "loses tokens with only_while_alive"},
           Case{kExchange, "minimum_age: 60d", "access_token: 60d", "leaves no time for a renewal"},
           Case{"kind: none", "timing: {mode: lazy}", "", "nothing can be renewed"},
           Case{kGrant, "timing: {mode: sometimes}", "", "before_expiry, lazy"},
           Case{kGrant, "timing: {margins: 1m}", "", "margins"},
       }) {
    const auto parsed = Parse(absl::StrCat(bad.renewal, ", ", bad.more), bad.lifetimes);
    ASSERT_FALSE(parsed.ok()) << bad.more;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(bad.problem)) << bad.more;
  }
}

TEST(CheckTimingTest, TakesWhatWorks) {
  for (const Case& good : {
           Case{kGrant, "timing: {}", "", ""},
           Case{kGrant, "timing: {mode: lazy}", "access_token: 1h", ""},
           Case{kGrant, "timing: {margin: 59m, keep_alive_interval: 1m}", "access_token: 1h", ""},
           Case{kGrant, "timing: {keep_alive_interval: 365d}", "", ""},
           Case{kExchange, "minimum_age: 24h, timing: {margin: 10d}", "access_token: 60d", ""},
           Case{"kind: liveness_check", "timing: {keep_alive_interval: 1h}", "", ""},
       }) {
    const auto parsed = Parse(absl::StrCat(good.renewal, ", ", good.more), good.lifetimes);
    EXPECT_TRUE(parsed.ok()) << good.more << ": " << parsed.status();
  }
  const auto parsed = Parse(
      absl::StrCat(kGrant, ", timing: {mode: before_expiry, margin: 5m, keep_alive_interval: 3h}"),
      "");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const Provider::Renewal::Timing& timing = (*parsed)->Find("acme")->renewal().timing();
  EXPECT_EQ(timing.mode(), Provider::Renewal::MODE_BEFORE_EXPIRY);
  EXPECT_EQ(FromDuration(timing.margin()), absl::Minutes(5));
  EXPECT_EQ(FromDuration(timing.keep_alive_interval()), absl::Hours(3));
}

}  // namespace
}  // namespace evertoken
