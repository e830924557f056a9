#include "server/store/key_ring.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

config::v1::KeyRing Ring(std::initializer_list<config::v1::KeyRing> rings) {
  config::v1::KeyRing all;
  for (const config::v1::KeyRing& ring : rings) all.MergeFrom(ring);
  return all;
}

std::unique_ptr<KeyRing> Keys(const config::v1::KeyRing& config) {
  absl::StatusOr<std::unique_ptr<KeyRing>> keys = KeyRing::New(config);
  EXPECT_THAT(keys, IsOk());
  return *std::move(keys);
}

TEST(KeyRingTest, OpensWhatItSealed) {
  const auto keys = Keys(KeyRing::Generate("k1"));
  for (const std::string& text :
       {std::string(), std::string("tokens"), std::string(100000, '\0')}) {
    const absl::StatusOr<Secret> opened = keys->Open(keys->Seal(text, "place"), "place");
    ASSERT_THAT(opened, IsOk());
    EXPECT_EQ(opened->Reveal(), text);
  }
}

TEST(KeyRingTest, SealsNeverTheSameWayTwiceAndHidesTheText) {
  const auto keys = Keys(KeyRing::Generate("k1"));
  const std::string sealed = keys->Seal("provider token", "place");
  EXPECT_NE(sealed, keys->Seal("provider token", "place"));
  EXPECT_THAT(sealed, Not(HasSubstr("provider")));
  EXPECT_THAT(sealed, HasSubstr("k1"));
}

TEST(KeyRingTest, RefusesAnotherPlaceAndAnyChangedByte) {
  const auto keys = Keys(KeyRing::Generate("k1"));
  const std::string sealed = keys->Seal("tokens", "place");
  EXPECT_THAT(keys->Open(sealed, "other"), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(keys->Open(sealed, ""), StatusIs(absl::StatusCode::kDataLoss));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(keys->Open(changed, "place").ok()) << i;
    EXPECT_FALSE(keys->Open(sealed.substr(0, i), "place").ok()) << i;
  }
}

TEST(KeyRingTest, RecordCannotPretendToBeOfAnotherKey) {
  // Two ids, one secret: only the authenticated id tells the keys apart.
  config::v1::KeyRing ring = KeyRing::Generate("k1");
  config::v1::KeyRing::Key* twin = ring.add_keys();
  *twin = ring.keys(0);
  twin->set_id("k2");
  const auto keys = Keys(ring);
  std::string sealed = keys->Seal("tokens", "place");
  sealed.replace(sealed.find("k1"), 2, "k2");
  EXPECT_THAT(keys->Open(sealed, "place"), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(KeyRingTest, NamesTheMissingKey) {
  const auto old_keys = Keys(KeyRing::Generate("spring-2030"));
  const auto new_keys = Keys(KeyRing::Generate("summer-2030"));
  EXPECT_THAT(new_keys->Open(old_keys->Seal("tokens", "place"), "place"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("spring-2030")));
}

TEST(KeyRingTest, RotatedRingOpensOldRecordsAndSealsWithTheNewKey) {
  const config::v1::KeyRing old_ring = KeyRing::Generate("old");
  const config::v1::KeyRing new_ring = KeyRing::Generate("new");
  const std::string record = Keys(old_ring)->Seal("tokens", "place");
  const auto rotated = Keys(Ring({new_ring, old_ring}));
  ASSERT_THAT(rotated->Open(record, "place"), IsOk());
  EXPECT_THAT(Keys(new_ring)->Open(rotated->Seal("tokens", "place"), "place"), IsOk());
}

TEST(KeyRingTest, HashesByTheFirstKeyAndFindsByAll) {
  const config::v1::KeyRing old_ring = KeyRing::Generate("old");
  const auto old_keys = Keys(old_ring);
  const auto rotated = Keys(Ring({KeyRing::Generate("new"), old_ring}));
  const std::vector<SlotKey> candidates = rotated->HashCandidates("access-token", "secret");
  ASSERT_EQ(candidates.size(), 2u);
  EXPECT_EQ(candidates[0], rotated->Hash("access-token", "secret"));
  EXPECT_EQ(candidates[1], old_keys->Hash("access-token", "secret"));
}

TEST(KeyRingTest, HashDependsOnPurposeKeyAndSecret) {
  const auto keys = Keys(KeyRing::Generate("k1"));
  const SlotKey hash = keys->Hash("access-token", "secret");
  EXPECT_EQ(hash, keys->Hash("access-token", "secret"));
  EXPECT_FALSE(hash == keys->Hash("request-token", "secret"));
  EXPECT_FALSE(hash == keys->Hash("access-token", "secreT"));
  EXPECT_FALSE(hash == keys->Hash("access-toke", "nsecret"));
  EXPECT_FALSE(hash == Keys(KeyRing::Generate("k1"))->Hash("access-token", "secret"));
  EXPECT_THAT(hash.value, testing::MatchesRegex("[A-Za-z0-9_-]{43}"));
}

TEST(KeyRingTest, ChecksAppSecrets) {
  const config::v1::KeyRing ring = KeyRing::Generate("k1");
  const auto keys = Keys(ring);
  const std::string hash = keys->HashAppSecret("shop", "secret");
  EXPECT_THAT(hash, testing::StartsWith("k1."));
  EXPECT_TRUE(keys->CheckAppSecret("shop", "secret", hash));
  EXPECT_FALSE(keys->CheckAppSecret("shop", "secreT", hash));
  EXPECT_FALSE(keys->CheckAppSecret("shop2", "secret", hash));
  EXPECT_FALSE(keys->CheckAppSecret("shop", "secret", ""));
  EXPECT_FALSE(keys->CheckAppSecret("shop", "secret", "k1."));
  EXPECT_FALSE(keys->CheckAppSecret("shop", "secret", "k9." + hash.substr(3)));
  EXPECT_TRUE(Keys(Ring({KeyRing::Generate("k2"), ring}))->CheckAppSecret("shop", "secret", hash));
}

TEST(KeyRingTest, ReportsEveryProblemAtOnceWithoutTheSecrets) {
  config::v1::KeyRing ring = KeyRing::Generate("k1");
  config::v1::KeyRing::Key* key = ring.add_keys();
  key->set_id("k1");
  key->set_secret("too-short-to-be-256-bits");
  ring.add_keys()->set_id("Swapped_Secret_In_The_Wrong_Place");
  EXPECT_THAT(KeyRing::New(ring),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("keys[1].id"), HasSubstr("keys[1].secret"),
                             HasSubstr("keys[2].id"), HasSubstr("keys[2].secret"),
                             Not(HasSubstr("too-short")), Not(HasSubstr("Swapped")))));
  EXPECT_THAT(KeyRing::New({}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("evertoken keys generate")));
}

TEST(KeyRingTest, RefusesSecretsThatAreNotExactly256BitsOfBase64Url) {
  for (const auto& change : std::vector<std::function<void(std::string*)>>{
           [](std::string* s) { s->pop_back(); }, [](std::string* s) { s->push_back('A'); },
           [](std::string* s) { s->push_back('='); }, [](std::string* s) { (*s)[3] = '+'; },
           [](std::string* s) { s->push_back('\n'); }, [](std::string* s) { s->clear(); }}) {
    config::v1::KeyRing ring = KeyRing::Generate("k1");
    change(ring.mutable_keys(0)->mutable_secret());
    EXPECT_THAT(KeyRing::New(ring), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace evertoken
