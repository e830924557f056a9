#include "tests/processes/failpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;
using ::testing::KilledBySignal;
using Moment = Failpoints::Moment;

std::unique_ptr<Failpoints> Parse(const std::string& words) {
  absl::StatusOr<std::unique_ptr<Failpoints>> failpoints = Failpoints::Parse(words);
  EXPECT_THAT(failpoints, IsOk());
  return *std::move(failpoints);
}

TEST(FailpointsTest, WithoutWordsNothingHappens) {
  const std::unique_ptr<Failpoints> failpoints = Parse("");
  EXPECT_FALSE(failpoints->Stops(Moment::kBefore, "Append"));
  EXPECT_FALSE(failpoints->Refuses("Append", "slot"));
}

TEST(FailpointsTest, StopsCallsAndDiesAtTheLast) {
  const std::unique_ptr<Failpoints> failpoints = Parse("kill_before:Append:3");
  EXPECT_FALSE(failpoints->Stops(Moment::kAfter, "Append"));
  EXPECT_FALSE(failpoints->Stops(Moment::kBefore, "Remove"));
  EXPECT_TRUE(failpoints->Stops(Moment::kBefore, "Append"));
  EXPECT_TRUE(failpoints->Stops(Moment::kBefore, "Append"));
  EXPECT_EXIT(failpoints->Stops(Moment::kBefore, "Append"), KilledBySignal(SIGKILL), "");
}

TEST(FailpointsTest, RefusesAlwaysOrOncePerSlot) {
  const std::unique_ptr<Failpoints> failpoints = Parse("refuse:Append refuse_once:Remove");
  EXPECT_TRUE(failpoints->Refuses("Append", "one"));
  EXPECT_TRUE(failpoints->Refuses("Append", "one"));
  EXPECT_TRUE(failpoints->Refuses("Remove", "one"));
  EXPECT_FALSE(failpoints->Refuses("Remove", "one"));
  EXPECT_TRUE(failpoints->Refuses("Remove", "two"));
}

TEST(FailpointsTest, LosesAnswersOncePerSlot) {
  const std::unique_ptr<Failpoints> failpoints = Parse("lose_once:Append");
  EXPECT_FALSE(failpoints->Refuses("Append", "one"));
  EXPECT_TRUE(failpoints->LosesAnswer("Append", "one"));
  EXPECT_FALSE(failpoints->LosesAnswer("Append", "one"));
  EXPECT_TRUE(failpoints->LosesAnswer("Append", "two"));
  EXPECT_FALSE(failpoints->LosesAnswer("Remove", "one"));
}

TEST(FailpointsTest, WhatCannotBeUnderstoodIsRefused) {
  for (const char* words : {"kill", "kill_before:Append", "kill_after:Append:0",
                            "kill_after:Append:x", "refuse:Append:1", "stop:Append"}) {
    EXPECT_THAT(Failpoints::Parse(words),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(words)));
  }
}

}  // namespace
}  // namespace evertoken
