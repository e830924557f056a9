#include "server/store/redis/redis_keys.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evertoken {
namespace {

const RedisKeys kKeys("evertoken:");

TEST(RedisKeysTest, GrantIsKnownByItsName) {
  for (int i = 0; i < 1000; ++i) {
    const SlotKey key{absl::StrCat("slot_", i, "-x")};
    EXPECT_EQ(kKeys.GrantOf(kKeys.Grant(key)), key);
  }
  for (const char* name : {"", "evertoken:", "evertoken:g:", "evertoken:g:{07}",
                           "evertoken:t:{07}:a", "evertoken:g:{7}:a", "evertoken:g:{99}:a",
                           "evertoken:g:{ab}:a", "other:g:{07}:a", "evertoken:g:07:a"}) {
    EXPECT_EQ(kKeys.GrantOf(name), std::nullopt) << name;
  }
}

TEST(RedisKeysTest, ShardsAreAllUsedAndNeverChange) {
  std::vector<int> grants(RedisKeys::kShards);
  for (int i = 0; i < 3200; ++i) ++grants.at(RedisKeys::ShardOf({absl::StrCat("slot", i)}));
  for (int count : grants) EXPECT_GT(count, 50);
  // Another release must find the same grants.
  EXPECT_EQ(kKeys.Grant({"slot-one"}), "evertoken:g:{08}:slot-one");
}

TEST(RedisKeysTest, NewestEventIsKnownByItsName) {
  for (int shard = 0; shard < RedisKeys::kShards; ++shard)
    EXPECT_EQ(kKeys.NewestEventShardOf(kKeys.NewestEvent(shard)), shard);
  for (const std::string& name : {kKeys.Events(3), kKeys.Due(3), std::string("evertoken:el:{32}"),
                                  std::string("evertoken:el:{03}x"), std::string("el:{03}")}) {
    EXPECT_EQ(kKeys.NewestEventShardOf(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace evertoken
