#include "server/store/store_factory.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "server/store/redis/redis_settings.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/temp_dir.h"

namespace evertoken {
namespace {

using testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

config::v1::Store Config(const std::string& text) {
  config::v1::Store config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config));
  return config;
}

class StoreFactoryTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<StoreFactory>> New(const std::string& text) {
    return StoreFactory::New(Config(text), dir_.path(), &clock_);
  }

  // Whether what one loop's store writes, another loop's store reads.
  void ExpectShared(StoreFactory* factory) {
    EventLoop one("one");
    EventLoop two("two");
    {
      const Stores writer = factory->MakeFor(&one);
      const Stores reader = factory->MakeFor(&two);
      GrantWrite write{"shop", "tokens", absl::Hours(1)};
      write.due_in = absl::ZeroDuration();
      write.events = {"signed in"};
      EXPECT_THAT(AwaitOn(&one, writer.tokens->CreateGrant({"key"}, write)), IsOk());
      EXPECT_EQ(AwaitOn(&two, reader.tokens->ReadGrant({"key"}))->record, "tokens");
      EXPECT_EQ(AwaitOn(&two, reader.due->Claim(0, "me", absl::Minutes(1), 10))->grants.size(), 1u);
      EXPECT_EQ(AwaitOn(&two, reader.events->Read(0, {}, 10))->events.size(), 1u);
    }
    one.Stop();
    two.Stop();
  }

  TempDir dir_;
  FakeClock clock_;
};

TEST_F(StoreFactoryTest, MemoryIsSharedByAllLoops) {
  const auto factory = New("memory {}");
  ASSERT_THAT(factory, IsOk());
  ExpectShared(factory->get());
}

TEST_F(StoreFactoryTest, SqliteIsTheDefaultBelowTheConfigurationsFolder) {
  const auto factory = New("");
  ASSERT_THAT(factory, IsOk());
  ExpectShared(factory->get());
  EXPECT_TRUE(std::filesystem::exists(dir_.File("data/evertoken.db")));
}

TEST_F(StoreFactoryTest, SqlitePathsAreRelativeOrAbsolute) {
  EXPECT_THAT(New("sqlite { path: 'here.db' }"), IsOk());
  EXPECT_TRUE(std::filesystem::exists(dir_.File("here.db")));
  EXPECT_THAT(New("sqlite { path: '" + dir_.File("there/x.db") + "' }"), IsOk());
  EXPECT_TRUE(std::filesystem::exists(dir_.File("there/x.db")));
}

TEST_F(StoreFactoryTest, UnusableDatabaseIsRefused) {
  std::ofstream(dir_.File("notes.txt")) << std::string(5000, 'x');
  EXPECT_THAT(New("sqlite { path: 'notes.txt' }"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("notes.txt")));
}

TEST_F(StoreFactoryTest, RedisNeedNotBeUp) {
  EXPECT_THAT(New("redis { address: '127.0.0.1:1' }"), IsOk());
}

TEST_F(StoreFactoryTest, RedisSettingsThatCannotWorkAreNamed) {
  EXPECT_THAT(New("redis { address: 'localhost' }"),
              StatusIs(kInvalid, HasSubstr("redis.address")));
  EXPECT_THAT(New("redis { address: 'localhost:0' }"),
              StatusIs(kInvalid, HasSubstr("redis.address")));
  EXPECT_THAT(New("redis { database: 16 }"), StatusIs(kInvalid, HasSubstr("redis.database")));
  EXPECT_THAT(New("redis { username: 'me' }"), StatusIs(kInvalid, HasSubstr("redis.password")));
  EXPECT_THAT(New("redis { key_prefix: 'a{b}' }"),
              StatusIs(kInvalid, HasSubstr("redis.key_prefix")));
  EXPECT_THAT(New("redis { key_prefix: '" + std::string(33, 'p') + "' }"),
              StatusIs(kInvalid, HasSubstr("redis.key_prefix")));
  EXPECT_THAT(New("redis { operation_timeout { seconds: 31 } }"),
              StatusIs(kInvalid, HasSubstr("redis.operation_timeout")));
  EXPECT_THAT(New("redis { operation_timeout { nanos: 1 } }"),
              StatusIs(kInvalid, HasSubstr("redis.operation_timeout")));
  EXPECT_THAT(New("redis { wait_replicas: 6 }"),
              StatusIs(kInvalid, HasSubstr("redis.wait_replicas")));
  EXPECT_THAT(New("redis { wait_replicas: -1 }"),
              StatusIs(kInvalid, HasSubstr("redis.wait_replicas")));
  EXPECT_THAT(New("redis { wait_timeout { seconds: 2 } }"),
              StatusIs(kInvalid, HasSubstr("redis.wait_timeout")));
  EXPECT_THAT(New("redis { event_log_length: 1 }"),
              StatusIs(kInvalid, HasSubstr("redis.event_log_length")));
  EXPECT_THAT(New("redis { sentinels: 'a' sentinel_master: 'm' }"),
              StatusIs(kInvalid, HasSubstr("redis.sentinels")));
  EXPECT_THAT(New("redis { sentinels: 'a:1' }"),
              StatusIs(kInvalid, HasSubstr("redis.sentinel_master")));
  EXPECT_THAT(New("redis { sentinel_master: 'm' }"),
              StatusIs(kInvalid, HasSubstr("redis.sentinel_master")));
  EXPECT_THAT(New("redis { address: 'a:1' sentinels: 'a:1' sentinel_master: 'm' }"),
              StatusIs(kInvalid, HasSubstr("redis.address")));
  EXPECT_THAT(New("redis { sentinels: 'a:1' sentinel_master: 'm' tls { enabled: true } }"),
              StatusIs(kInvalid, HasSubstr("redis.tls.server_name")));
  EXPECT_THAT(New("redis { tls { enabled: true ca: 'none.pem' } }"),
              StatusIs(kInvalid, HasSubstr(dir_.File("none.pem"))));
}

TEST_F(StoreFactoryTest, RedisSettingsAreTaken) {
  const auto options = ReadRedisSettings(
      Config("redis { address: '[::1]:7000' username: 'me' password: 'pw' database: 2 "
             "key_prefix: 'x:' operation_timeout { seconds: 3 } no_near_cache: true "
             "tls { enabled: true } wait_replicas: 2 wait_timeout { nanos: 50000000 } "
             "event_log_length: 5000 }")
          .redis(),
      dir_.path());
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ((*options)->host, "::1");
  EXPECT_EQ((*options)->port, 7000);
  EXPECT_EQ((*options)->username, "me");
  EXPECT_TRUE((*options)->password.Equals("pw"));
  EXPECT_EQ((*options)->database, 2);
  EXPECT_EQ((*options)->key_prefix, "x:");
  EXPECT_EQ((*options)->operation_timeout, absl::Seconds(3));
  EXPECT_FALSE((*options)->near_cache);
  EXPECT_NE((*options)->tls, nullptr);
  EXPECT_EQ((*options)->wait_replicas, 2);
  EXPECT_EQ((*options)->wait_timeout, absl::Milliseconds(50));
  EXPECT_EQ((*options)->events_kept, 5000);
}

TEST_F(StoreFactoryTest, SentinelsAreTaken) {
  const auto options = ReadRedisSettings(
      Config("redis { sentinels: 'one:26379' sentinels: '[::1]:5' sentinel_master: 'shop' "
             "operation_timeout { nanos: 100000000 } }")
          .redis(),
      dir_.path());
  ASSERT_THAT(options, IsOk());
  ASSERT_EQ((*options)->sentinels.size(), 2u);
  EXPECT_EQ((*options)->sentinels[1].host, "::1");
  EXPECT_EQ((*options)->sentinels[1].port, 5);
  EXPECT_EQ((*options)->sentinel_master, "shop");
  EXPECT_EQ((*options)->wait_timeout, absl::Milliseconds(50));
}

TEST_F(StoreFactoryTest, RedisDefaultsAreThoseDocumented) {
  const auto options = ReadRedisSettings({}, dir_.path());
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ((*options)->host, "127.0.0.1");
  EXPECT_EQ((*options)->port, 6379);
  EXPECT_EQ((*options)->key_prefix, "evertoken:");
  EXPECT_EQ((*options)->operation_timeout, absl::Seconds(2));
  EXPECT_TRUE((*options)->near_cache);
  EXPECT_EQ((*options)->tls, nullptr);
  EXPECT_TRUE((*options)->sentinels.empty());
  EXPECT_EQ((*options)->wait_replicas, 0);
  EXPECT_EQ((*options)->wait_timeout, absl::Milliseconds(100));
  EXPECT_EQ((*options)->events_kept, 200000);
}

}  // namespace
}  // namespace evertoken
