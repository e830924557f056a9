#include "tests/hostile_provider/token_book.h"

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evertoken::hostile {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

constexpr absl::Duration kSecond = absl::Seconds(1);

class TokenBookTest : public testing::Test {
 protected:
  IssuedPair Open(const FamilyPolicy& policy) { return *book_.Open(policy, "ada", now_); }

  TokenBook::Spend Present(const std::string& token) { return book_.Present(token, now_); }

  // The pair that a renewal brings; fails the test when it is refused.
  IssuedPair Renew(const std::string& token) {
    TokenBook::Spend spend = Present(token);
    EXPECT_EQ(spend.verdict, Verdict::kRenewed) << token;
    return spend.pair.value_or(IssuedPair());
  }

  FamilyEnd EndOf(const IssuedPair& pair) const { return book_.FamilyOf(pair.access_token)->end; }

  TokenBook book_{"test", {}};
  absl::Time now_ = absl::FromUnixSeconds(1900000000);
};

TEST_F(TokenBookTest, ARenewalReplacesBothTokens) {
  const IssuedPair first = Open({});
  const IssuedPair second = Renew(first.refresh_token);
  EXPECT_NE(second.refresh_token, first.refresh_token);
  EXPECT_NE(second.access_token, first.access_token);
  EXPECT_TRUE(book_.AccessWorks(first.access_token, now_)) << "it lives out its life";
  EXPECT_TRUE(book_.AccessWorks(second.access_token, now_));
  EXPECT_EQ(book_.families()[0].refresh_token, second.refresh_token);
  EXPECT_EQ(book_.families()[0].renewals, 1);
  EXPECT_EQ(EndOf(first), FamilyEnd::kNone);
}

TEST_F(TokenBookTest, AReusedTokenKillsTheFamily) {
  const IssuedPair first = Open({});
  const IssuedPair second = Renew(first.refresh_token);
  EXPECT_EQ(Present(first.refresh_token).verdict, Verdict::kReused);
  EXPECT_EQ(EndOf(first), FamilyEnd::kReuse);
  EXPECT_FALSE(book_.AccessWorks(second.access_token, now_));
  EXPECT_EQ(Present(second.refresh_token).verdict, Verdict::kRefused);
  EXPECT_EQ(book_.families()[0].reuses, 1);
  EXPECT_EQ(book_.CountOf(Verdict::kReused), 1);
}

TEST_F(TokenBookTest, AReusedTokenMayBeRefusedAlone) {
  FamilyPolicy policy;
  policy.reuse = ReuseEffect::kRefuse;
  const IssuedPair first = Open(policy);
  const IssuedPair second = Renew(first.refresh_token);
  EXPECT_EQ(Present(first.refresh_token).verdict, Verdict::kReused);
  EXPECT_EQ(EndOf(first), FamilyEnd::kNone);
  Renew(second.refresh_token);
}

TEST_F(TokenBookTest, WithinItsGraceASpentTokenGetsTheSamePair) {
  FamilyPolicy policy;
  policy.grace = absl::Seconds(30);
  const IssuedPair first = Open(policy);
  const IssuedPair second = Renew(first.refresh_token);
  now_ += policy.grace;
  const TokenBook::Spend again = Present(first.refresh_token);
  EXPECT_EQ(again.verdict, Verdict::kRepeated);
  EXPECT_EQ(again.pair->refresh_token, second.refresh_token);
  EXPECT_EQ(again.pair->access_token, second.access_token);
  EXPECT_EQ(again.pair->access_expires, second.access_expires);
  now_ += kSecond;
  EXPECT_EQ(Present(first.refresh_token).verdict, Verdict::kReused)
      << "a repetition does not lengthen the grace";
}

TEST_F(TokenBookTest, WithinItsGraceASpentTokenMayGetAFurtherPair) {
  FamilyPolicy policy;
  policy.grace = absl::Seconds(30);
  policy.grace_answer = GraceAnswer::kFurtherPair;
  const IssuedPair first = Open(policy);
  const IssuedPair second = Renew(first.refresh_token);
  now_ += kSecond;
  const TokenBook::Spend again = Present(first.refresh_token);
  EXPECT_EQ(again.verdict, Verdict::kRepeated);
  EXPECT_NE(again.pair->refresh_token, second.refresh_token);
  Renew(second.refresh_token);
  Renew(again.pair->refresh_token);
  now_ += policy.grace;
  EXPECT_EQ(Present(first.refresh_token).verdict, Verdict::kReused)
      << "the grace counts from the first use";
}

TEST_F(TokenBookTest, GraceMayEndWithTheSuccessorsUse) {
  FamilyPolicy policy;
  policy.grace = absl::Seconds(30);
  policy.grace_ends_with_next_use = true;
  const IssuedPair first = Open(policy);
  const IssuedPair second = Renew(first.refresh_token);
  EXPECT_EQ(Present(first.refresh_token).verdict, Verdict::kRepeated);
  Renew(second.refresh_token);
  EXPECT_EQ(Present(first.refresh_token).verdict, Verdict::kReused);
}

TEST_F(TokenBookTest, WithEndlessGraceNothingIsEverSpentForGood) {
  FamilyPolicy policy;
  policy.grace = absl::InfiniteDuration();
  const IssuedPair first = Open(policy);
  Renew(first.refresh_token);
  now_ += absl::Hours(24 * 365);
  EXPECT_EQ(Present(first.refresh_token).verdict, Verdict::kRepeated);
}

TEST_F(TokenBookTest, WithoutRotationTheTokenStays) {
  FamilyPolicy policy;
  policy.rotation = Rotation::kNone;
  const IssuedPair first = Open(policy);
  for (int i = 0; i < 3; ++i) {
    const IssuedPair next = Renew(first.refresh_token);
    EXPECT_THAT(next.refresh_token, IsEmpty());
    EXPECT_NE(next.access_token, first.access_token);
  }
  policy.repeats_refresh_token = true;
  const IssuedPair other = Open(policy);
  EXPECT_EQ(Renew(other.refresh_token).refresh_token, other.refresh_token);
}

TEST_F(TokenBookTest, IdleTokensDieFromTheirLastUse) {
  FamilyPolicy policy;
  policy.rotation = Rotation::kNone;
  policy.refresh_life = RefreshLife::kIdle;
  policy.refresh_life_length = absl::Hours(10);
  const IssuedPair pair = Open(policy);
  now_ += absl::Hours(10) - kSecond;
  Renew(pair.refresh_token);
  now_ += absl::Hours(10) - kSecond;
  Renew(pair.refresh_token);
  now_ += absl::Hours(10);
  EXPECT_EQ(Present(pair.refresh_token).verdict, Verdict::kRefused);
}

TEST_F(TokenBookTest, SlidingTokensDieFromTheirIssue) {
  FamilyPolicy policy;
  policy.refresh_life = RefreshLife::kSliding;
  policy.refresh_life_length = absl::Hours(10);
  const IssuedPair first = Open(policy);
  now_ += absl::Hours(10) - kSecond;
  const IssuedPair second = Renew(first.refresh_token);
  EXPECT_EQ(second.refresh_expires, now_ + absl::Hours(10));
  now_ += absl::Hours(10);
  EXPECT_EQ(Present(second.refresh_token).verdict, Verdict::kRefused);

  policy.rotation = Rotation::kNone;
  const IssuedPair fixed = Open(policy);
  now_ += absl::Hours(10) - kSecond;
  Renew(fixed.refresh_token);
  now_ += kSecond;
  EXPECT_EQ(Present(fixed.refresh_token).verdict, Verdict::kRefused) << "use extends nothing";
}

TEST_F(TokenBookTest, AbsoluteLifeCountsFromTheConsent) {
  FamilyPolicy policy;
  policy.refresh_life = RefreshLife::kAbsolute;
  policy.refresh_life_length = absl::Hours(10);
  const IssuedPair first = Open(policy);
  now_ += absl::Hours(10) - kSecond;
  const IssuedPair second = Renew(first.refresh_token);
  EXPECT_EQ(second.refresh_expires, first.refresh_expires);
  now_ += kSecond;
  EXPECT_EQ(Present(second.refresh_token).verdict, Verdict::kRefused);
}

TEST_F(TokenBookTest, AYoungTokenIsRefusedWithoutBeingSpent) {
  FamilyPolicy policy;
  policy.minimum_age = absl::Hours(24);
  const IssuedPair first = Open(policy);
  now_ += absl::Hours(24) - kSecond;
  EXPECT_EQ(Present(first.refresh_token).verdict, Verdict::kTooYoung);
  now_ += kSecond;
  Renew(first.refresh_token);
}

TEST_F(TokenBookTest, AccessTokensLiveAsLongAsThePolicySays) {
  FamilyPolicy policy;
  policy.access_life = absl::Minutes(5);
  const IssuedPair pair = Open(policy);
  EXPECT_TRUE(book_.AccessWorks(pair.access_token, now_ + absl::Minutes(5) - kSecond));
  EXPECT_FALSE(book_.AccessWorks(pair.access_token, now_ + absl::Minutes(5)));
  EXPECT_FALSE(book_.AccessWorks("unknown", now_));
}

TEST_F(TokenBookTest, ARefreshMayEndTheOldAccessToken) {
  FamilyPolicy policy;
  policy.refresh_ends_access_token = true;
  const IssuedPair first = Open(policy);
  const IssuedPair second = Renew(first.refresh_token);
  EXPECT_FALSE(book_.AccessWorks(first.access_token, now_));
  EXPECT_TRUE(book_.AccessWorks(second.access_token, now_));
}

TEST_F(TokenBookTest, AnEndedFamilyRefusesEverythingAndKeepsItsFirstReason) {
  const IssuedPair pair = Open({});
  EXPECT_TRUE(book_.End(pair.family, FamilyEnd::kUserRevoked));
  EXPECT_TRUE(book_.End(pair.family, FamilyEnd::kKilled));
  EXPECT_EQ(EndOf(pair), FamilyEnd::kUserRevoked);
  EXPECT_EQ(Present(pair.refresh_token).verdict, Verdict::kRefused);
  EXPECT_FALSE(book_.AccessWorks(pair.access_token, now_));
  EXPECT_FALSE(book_.End(0, FamilyEnd::kKilled));
  EXPECT_FALSE(book_.End(2, FamilyEnd::kKilled));
}

TEST_F(TokenBookTest, EveryPresentationIsRemembered) {
  const IssuedPair pair = Open({});
  const absl::Time start = now_;
  book_.Note(pair.refresh_token, Verdict::kLost, now_);
  now_ += kSecond;
  Present(pair.refresh_token);
  now_ += kSecond;
  Present(pair.refresh_token);
  EXPECT_THAT(book_.Presentations(pair.refresh_token),
              ElementsAre(Field(&Presentation::verdict, Verdict::kLost),
                          Field(&Presentation::verdict, Verdict::kRenewed),
                          Field(&Presentation::verdict, Verdict::kReused)));
  EXPECT_EQ(book_.Presentations(pair.refresh_token)[2].time, start + 2 * kSecond);
  EXPECT_EQ(book_.Count(pair.refresh_token), 3);
  EXPECT_EQ(book_.CountOf(Verdict::kLost), 1);
}

TEST_F(TokenBookTest, JudgingChangesNothing) {
  const IssuedPair pair = Open({});
  EXPECT_EQ(book_.Judge(pair.refresh_token, now_), Verdict::kRenewed);
  EXPECT_EQ(book_.Judge(pair.refresh_token, now_), Verdict::kRenewed);
  EXPECT_EQ(book_.Count(pair.refresh_token), 0);
  Renew(pair.refresh_token);
  EXPECT_EQ(book_.Judge(pair.refresh_token, now_), Verdict::kReused);
  EXPECT_EQ(book_.families()[0].end, FamilyEnd::kNone);
}

TEST_F(TokenBookTest, FamiliesDoNotTouchEachOther) {
  const IssuedPair one = Open({});
  const IssuedPair other = Open({});
  Renew(one.refresh_token);
  Present(one.refresh_token);
  EXPECT_EQ(EndOf(one), FamilyEnd::kReuse);
  Renew(other.refresh_token);
}

TEST_F(TokenBookTest, UnknownTokensAreRefusedAndCounted) {
  EXPECT_EQ(Present("unknown").verdict, Verdict::kRefused);
  EXPECT_EQ(book_.CountOf(Verdict::kRefused), 1);
  EXPECT_THAT(book_.Presentations("unknown"), IsEmpty());
  EXPECT_EQ(book_.FamilyOf("unknown"), nullptr);
}

TEST(TokenBookLimitsTest, MemoryIsBounded) {
  const absl::Time now = absl::FromUnixSeconds(1900000000);
  TokenBook families("test", {.families = 1});
  EXPECT_TRUE(families.Open({}, "ada", now).has_value());
  EXPECT_FALSE(families.Open({}, "ada", now).has_value());

  TokenBook tokens("test", {.tokens = 3});
  const std::optional<IssuedPair> pair = tokens.Open({}, "ada", now);
  ASSERT_TRUE(pair.has_value());
  EXPECT_FALSE(tokens.HasRoom());
  EXPECT_FALSE(tokens.Open({}, "ada", now).has_value());

  TokenBook book("test", {});
  const IssuedPair worn = *book.Open({}, "ada", now);
  const size_t most = TokenBook::kMostPresentationsKept;
  for (size_t i = 0; i < most + 5; ++i) book.Note(worn.refresh_token, Verdict::kLost, now);
  EXPECT_EQ(book.Presentations(worn.refresh_token).size(), most);
  EXPECT_EQ(book.Count(worn.refresh_token), static_cast<int64_t>(most) + 5);
}

}  // namespace
}  // namespace evertoken::hostile
