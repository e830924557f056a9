#include "server/cases/keeping.h"

#include <gtest/gtest.h>

#include "server/base/proto_time.h"

namespace evertoken {
namespace {

using config::v1::Provider;

constexpr absl::Time kNow = absl::FromUnixSeconds(1900000000);

storage::v1::ProviderTokens Tokens() {
  storage::v1::ProviderTokens tokens;
  tokens.set_access_token("access-1");
  tokens.set_refresh_token("refresh-1");
  *tokens.mutable_obtain_time() = ToTimestamp(kNow);
  *tokens.mutable_access_expire_time() = ToTimestamp(kNow + absl::Hours(10));
  return tokens;
}

Provider Entry() {
  Provider entry;
  entry.mutable_renewal()->set_kind(Provider::Renewal::KIND_REFRESH_TOKEN_GRANT);
  entry.mutable_renewal()->set_rotation(Provider::Renewal::ROTATION_NONE);
  entry.mutable_renewal()->set_lost_response_policy(Provider::Renewal::LOST_RESPONSE_POLICY_RETRY);
  return entry;
}

TEST(KeepingTest, AsksTheBrokersRules) {
  config::v1::ProviderClient client;
  client.set_concurrent_calls(3);
  const Keeping keeping = KeepingOf(Entry(), client, Tokens(), kNow);
  ASSERT_TRUE(keeping.renewal.has_value());
  EXPECT_LE(*keeping.renewal, kNow + absl::Hours(9));
  EXPECT_GT(*keeping.renewal, kNow + absl::Hours(8));
  EXPECT_FALSE(keeping.look.has_value());
  EXPECT_TRUE(keeping.refusal_ends);
  EXPECT_EQ(keeping.limits.concurrent, 3);
}

TEST(KeepingTest, TheEntryDecides) {
  Provider entry = Entry();
  entry.mutable_renewal()->mutable_timing()->set_mode(Provider::Renewal::MODE_LAZY);
  entry.mutable_renewal()->set_rotation(Provider::Renewal::ROTATION_ALWAYS);
  entry.mutable_introspection()->mutable_interval()->set_seconds(3600);
  const Keeping keeping = KeepingOf(entry, config::v1::ProviderClient(), Tokens(), kNow);
  EXPECT_FALSE(keeping.renewal.has_value());
  EXPECT_EQ(keeping.look, kNow + absl::Hours(1));
  EXPECT_FALSE(keeping.refusal_ends);
}

}  // namespace
}  // namespace evertoken
