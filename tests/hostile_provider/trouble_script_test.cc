#include "tests/hostile_provider/trouble_script.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken::hostile {
namespace {

Trouble Of(Fault fault) { return {.fault = fault}; }

Fault Next(TroubleScript* script, int64_t family = TroubleScript::kAnybody) {
  return script->Next(Endpoint::kToken, family).fault;
}

TEST(TroubleScriptTest, WithoutAScriptNothingHappens) {
  TroubleScript script(1);
  EXPECT_EQ(Next(&script), Fault::kNone);
}

TEST(TroubleScriptTest, TroublesComeInTheirOrderAndAsOftenAsSaid) {
  TroubleScript script(1);
  ASSERT_THAT(script.Queue(Endpoint::kToken, Of(Fault::kReplyLost), 2), IsOk());
  ASSERT_THAT(script.Queue(Endpoint::kToken, Of(Fault::kHtml)), IsOk());
  EXPECT_EQ(script.queued(), 3);
  EXPECT_EQ(Next(&script), Fault::kReplyLost);
  EXPECT_EQ(Next(&script), Fault::kReplyLost);
  EXPECT_EQ(Next(&script), Fault::kHtml);
  EXPECT_EQ(Next(&script), Fault::kNone);
}

TEST(TroubleScriptTest, EndpointsHaveQueuesOfTheirOwn) {
  TroubleScript script(1);
  ASSERT_THAT(script.Queue(Endpoint::kUserInfo, Of(Fault::kHtml)), IsOk());
  EXPECT_EQ(Next(&script), Fault::kNone);
  EXPECT_EQ(script.Next(Endpoint::kUserInfo, TroubleScript::kAnybody).fault, Fault::kHtml);
}

TEST(TroubleScriptTest, AFamilysTroublesComeFirstAndWaitForIt) {
  TroubleScript script(1);
  ASSERT_THAT(script.Queue(Endpoint::kToken, Of(Fault::kHtml)), IsOk());
  ASSERT_THAT(script.Queue(Endpoint::kToken, Of(Fault::kReplyLost), 1, /*family=*/7), IsOk());
  EXPECT_EQ(Next(&script, 8), Fault::kHtml);
  EXPECT_EQ(Next(&script, 8), Fault::kNone);
  EXPECT_EQ(Next(&script, 7), Fault::kReplyLost);
  EXPECT_EQ(Next(&script, 7), Fault::kNone);
}

TEST(TroubleScriptTest, ChancesAreThoseOfTheSeed) {
  const auto run = [](uint64_t seed) {
    TroubleScript script(seed);
    EXPECT_THAT(script.AddChance(Endpoint::kToken, Of(Fault::kHtml), 0.25), IsOk());
    EXPECT_THAT(script.AddChance(Endpoint::kToken, Of(Fault::kReplyLost), 0.25), IsOk());
    std::vector<Fault> faults;
    for (int i = 0; i < 4000; ++i) faults.push_back(Next(&script));
    return faults;
  };
  const std::vector<Fault> faults = run(1);
  EXPECT_EQ(faults, run(1));
  EXPECT_NE(faults, run(2));
  // The draws are fixed, so these are no gamble.
  EXPECT_NEAR(std::count(faults.begin(), faults.end(), Fault::kHtml), 1000, 100);
  EXPECT_NEAR(std::count(faults.begin(), faults.end(), Fault::kReplyLost), 1000, 100);
}

TEST(TroubleScriptTest, WhatIsQueuedComesBeforeWhatMayHappen) {
  TroubleScript script(1);
  ASSERT_THAT(script.AddChance(Endpoint::kToken, Of(Fault::kHtml), 1), IsOk());
  ASSERT_THAT(script.Queue(Endpoint::kToken, Of(Fault::kNone)), IsOk());
  EXPECT_EQ(Next(&script), Fault::kNone);
  EXPECT_EQ(Next(&script), Fault::kHtml);
}

TEST(TroubleScriptTest, ImpossibleChancesAreRefused) {
  TroubleScript script(1);
  for (const double probability : {0.0, -0.1, 1.1, std::nan("")}) {
    EXPECT_THAT(script.AddChance(Endpoint::kToken, Of(Fault::kHtml), probability),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  ASSERT_THAT(script.AddChance(Endpoint::kToken, Of(Fault::kHtml), 0.6), IsOk());
  EXPECT_THAT(script.AddChance(Endpoint::kToken, Of(Fault::kHtml), 0.6),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(TroubleScriptTest, ClearForgetsEverything) {
  TroubleScript script(1);
  ASSERT_THAT(script.AddChance(Endpoint::kToken, Of(Fault::kHtml), 1), IsOk());
  ASSERT_THAT(script.Queue(Endpoint::kToken, Of(Fault::kHtml)), IsOk());
  script.Clear();
  EXPECT_EQ(script.queued(), 0);
  EXPECT_EQ(Next(&script), Fault::kNone);
}

TEST(TroubleScriptTest, TheQueueIsBounded) {
  TroubleScript script(1);
  for (size_t i = 0; i < TroubleScript::kMostQueued; ++i)
    ASSERT_THAT(script.Queue(Endpoint::kToken, Of(Fault::kHtml)), IsOk());
  EXPECT_THAT(script.Queue(Endpoint::kToken, Of(Fault::kHtml)),
              StatusIs(absl::StatusCode::kResourceExhausted));
  Next(&script);
  EXPECT_THAT(script.Queue(Endpoint::kToken, Of(Fault::kHtml)), IsOk());
  EXPECT_THAT(script.Queue(Endpoint::kToken, Of(Fault::kHtml), 0),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(script.Queue(Endpoint::kToken, Of(Fault::kHtml), TroubleScript::kMostTimes + 1),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace evertoken::hostile
