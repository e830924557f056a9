#include "server/store/redis/redis_connection.h"

#include <atomic>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"
#include "tests/fakes/test_certificate.h"
#include "tests/store/redis_fixture.h"

namespace evertoken {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;

class RedisConnectionTest : public RedisFixture {
 protected:
  // The outcome of the first attempt to connect.
  absl::Status FirstPing(RedisOptions options) { return Run(NewStore(std::move(options))->Ping()); }

  RedisOptions TlsOptions(const RedisProcess& server, const RedisTls::Files& files,
                          const std::string& name) {
    RedisOptions options = OptionsFor(server);
    options.tls = *RedisTls::New(files, name);
    return options;
  }
};

TEST_F(RedisConnectionTest, EvictingServerIsRefusedUntilItIsMended) {
  RedisProcess::Options settings;
  settings.settings = {"--maxmemory-policy", "allkeys-lru"};
  RedisProcess server(settings);
  RedisStore* const store = NewStore(OptionsFor(server));
  EXPECT_THAT(Run(store->Ping()), StatusIs(kUnavailable, HasSubstr("maxmemory-policy")));
  EXPECT_THAT(Run(store->ReadGrant(SlotKey{"any"})), StatusIs(kUnavailable));
  EXPECT_FALSE(store->CanRemember());
  server.Command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  AwaitReady(store);
}

TEST_F(RedisConnectionTest, PasswordIsUsedAndNeverTold) {
  RedisProcess::Options settings;
  settings.password = "the-right-password";
  RedisProcess server(settings);
  RedisOptions options = OptionsFor(server);
  EXPECT_THAT(FirstPing(options), StatusIs(kUnavailable, HasSubstr("password")));
  options.password = Secret("the-wrong-password");
  EXPECT_THAT(FirstPing(options), StatusIs(kUnavailable, AllOf(HasSubstr("password is wrong"),
                                                               Not(HasSubstr("the-wrong")))));
  options.password = Secret("the-right-password");
  EXPECT_THAT(FirstPing(options), IsOk());
}

TEST_F(RedisConnectionTest, UserThatMayNotReadTheSettingsIsEnough) {
  RedisProcess server;
  server.Command(
      {"ACL", "SETUSER", "service", "on", ">secret", "~evertoken:*", "+@all", "-config"});
  RedisOptions options = OptionsFor(server);
  options.username = "service";
  options.password = Secret("secret");
  RedisStore* const store = NewStore(std::move(options));
  EXPECT_THAT(Run(store->CreateGrant(SlotKey{"slot"}, Write("one"))), IsOk());
  EXPECT_EQ(Run(store->ReadGrant(SlotKey{"slot"}))->record, "one");
}

TEST_F(RedisConnectionTest, ServerThatIsDownAtTheStartIsUsedOnceItIsUp) {
  RedisProcess server;
  server.Kill();
  RedisStore* const store = NewStore(OptionsFor(server));
  EXPECT_THAT(Run(store->Ping()), StatusIs(kUnavailable, HasSubstr("cannot connect")));
  server.Start();
  AwaitReady(store);
}

TEST_F(RedisConnectionTest, ServerThatHangsIsUnavailableWithinTheTimeoutAndUsedAgainAfterwards) {
  RedisProcess server;
  RedisOptions options = OptionsFor(server);
  options.operation_timeout = absl::Milliseconds(200);
  RedisStore* const store = NewStore(std::move(options));
  AwaitReady(store);
  server.Freeze();
  EXPECT_THAT(Run(store->CreateGrant(SlotKey{"slot"}, Write("one"))), StatusIs(kUnavailable));
  EXPECT_FALSE(store->CanRemember());
  EXPECT_THAT(Run(store->Ping()), StatusIs(kUnavailable));
  server.Thaw();
  AwaitReady(store);
}

TEST_F(RedisConnectionTest, HostNamesAreResolved) {
  RedisProcess server;
  RedisOptions options = OptionsFor(server);
  options.host = "localhost";
  EXPECT_THAT(FirstPing(options), IsOk());
  options.host = "no-such-host.invalid";
  EXPECT_THAT(FirstPing(options), StatusIs(kUnavailable, HasSubstr("cannot be resolved")));
}

TEST_F(RedisConnectionTest, ReplicaIsUnavailableAndUsedOnceItIsMaster) {
  RedisProcess server;
  RedisStore* const store = NewStore(OptionsFor(server));
  AwaitReady(store);
  server.Command({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_THAT(Run(store->Ping()), StatusIs(kUnavailable, HasSubstr("replica")));
  // It is not read from either: what it knows may be old.
  EXPECT_THAT(FirstPing(OptionsFor(server)), StatusIs(kUnavailable, HasSubstr("replica")));
  server.Command({"REPLICAOF", "NO", "ONE"});
  AwaitReady(store);
}

TEST_F(RedisConnectionTest, NewConnectionIsToldButNotTheFirst) {
  RedisProcess server;
  RedisStore* const store = NewStore(OptionsFor(server));
  std::atomic<int> reconnects{0};
  store->SetReconnectListener([&reconnects] { ++reconnects; });
  AwaitReady(store);
  EXPECT_EQ(reconnects, 0);
  for (int times = 1; times < 4; ++times) {
    server.Kill();
    server.Start();
    // The loss may be noticed only by a command.
    EXPECT_THAT(Run(store->Ping()), testing::_);
    AwaitReady(store);
    EXPECT_EQ(reconnects, times);
  }
}

class RedisTlsTest : public RedisConnectionTest {
 protected:
  static RedisProcess::Options Settings(bool client_certificate) {
    RedisProcess::Options settings;
    settings.tls = true;
    settings.client_certificate = client_certificate;
    return settings;
  }
};

TEST_F(RedisTlsTest, CertificateMustBearTheExpectedName) {
  RedisProcess server(Settings(false));
  RedisTls::Files files;
  files.ca = server.certificate();
  EXPECT_THAT(FirstPing(TlsOptions(server, files, "localhost")), IsOk());
  EXPECT_THAT(FirstPing(TlsOptions(server, files, "redis.example")),
              StatusIs(kUnavailable, HasSubstr("certificate")));
  EXPECT_THAT(FirstPing(TlsOptions(server, files, "127.0.0.1")),
              StatusIs(kUnavailable, HasSubstr("certificate")));
}

TEST_F(RedisTlsTest, CertificateOfAnUnknownAuthorityIsRefused) {
  RedisProcess server(Settings(false));
  RedisTls::Files files;
  files.ca = WriteTestFile("other-ca.pem", MakeTestCertificate({"localhost"}).certificate);
  EXPECT_THAT(FirstPing(TlsOptions(server, files, "localhost")),
              StatusIs(kUnavailable, HasSubstr("certificate")));
  EXPECT_THAT(FirstPing(TlsOptions(server, {}, "localhost")),
              StatusIs(kUnavailable, HasSubstr("certificate")));
}

TEST_F(RedisTlsTest, ClientCertificateIsShown) {
  RedisProcess server(Settings(true));
  RedisTls::Files files;
  files.ca = server.certificate();
  EXPECT_THAT(FirstPing(TlsOptions(server, files, "localhost")), StatusIs(kUnavailable));
  files.certificate = server.certificate();
  files.private_key = server.private_key();
  EXPECT_THAT(FirstPing(TlsOptions(server, files, "localhost")), IsOk());
}

TEST_F(RedisTlsTest, PlainServerIsNotSpokenToInPlain) {
  RedisProcess server;
  RedisOptions options = TlsOptions(server, {}, "localhost");
  // Such a server waits for a line that never comes.
  options.operation_timeout = absl::Milliseconds(200);
  EXPECT_THAT(FirstPing(std::move(options)), StatusIs(kUnavailable));
}

TEST_F(RedisTlsTest, FilesThatCannotBeUsedAreNamed) {
  const std::string text = WriteTestFile("no.pem", "not a certificate");
  const TestCertificate one = MakeTestCertificate({"localhost"});
  const std::string certificate = WriteTestFile("one.crt", one.certificate);
  const std::string other_key =
      WriteTestFile("other.key", MakeTestCertificate({"localhost"}).private_key);
  constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(RedisTls::New({text, "", ""}, "localhost"), StatusIs(kInvalid, HasSubstr("no.pem")));
  EXPECT_THAT(RedisTls::New({"", "/no/such/file", text}, "localhost"),
              StatusIs(kInvalid, HasSubstr("/no/such/file")));
  EXPECT_THAT(RedisTls::New({"", certificate, other_key}, "localhost"),
              StatusIs(kInvalid, HasSubstr("other.key")));
  EXPECT_THAT(RedisTls::New({"", certificate, ""}, "localhost"),
              StatusIs(kInvalid, HasSubstr("private_key")));
}

}  // namespace
}  // namespace evertoken
