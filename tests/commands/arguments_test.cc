#include "server/commands/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evertoken {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<Flag>& Flags() {
  static const auto* flags = new std::vector<Flag>{{"config", "FILE", "", true, false},
                                                   {"catalog", "FILE", "", false, true},
                                                   {"stdin", "", "", false, false}};
  return *flags;
}

std::string Problem(const std::vector<std::string>& words) {
  return std::string(Arguments::Parse(Flags(), words).status().message());
}

TEST(ArgumentsTest, TakesBothFormsOfAValue) {
  const absl::StatusOr<Arguments> arguments = Arguments::Parse(
      Flags(), {"--config", "a.yaml", "--catalog=b=c", "--stdin", "--catalog", "-"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_EQ(arguments->Get("config"), "a.yaml");
  EXPECT_THAT(arguments->GetAll("catalog"), ElementsAre("b=c", "-"));
  EXPECT_TRUE(arguments->Has("stdin"));
}

TEST(ArgumentsTest, WhatWasNotSaidHasADefault) {
  const absl::StatusOr<Arguments> arguments = Arguments::Parse(Flags(), {"--config=x"});
  ASSERT_TRUE(arguments.ok());
  EXPECT_FALSE(arguments->Has("stdin"));
  EXPECT_EQ(arguments->Get("catalog", "shipped"), "shipped");
  EXPECT_THAT(arguments->GetAll("catalog"), ElementsAre());
}

TEST(ArgumentsTest, TellsEveryProblemAtOnce) {
  EXPECT_EQ(Problem({"--confg", "x", "--stdin=1", "loose", "--catalog"}),
            "unknown flag --confg; did you mean --config?\n"
            "--stdin takes no value\n"
            "word 4 belongs to no flag\n"
            "--catalog needs a value: FILE\n"
            "--config FILE is required");
}

TEST(ArgumentsTest, AFlagIsNoValue) {
  EXPECT_THAT(Problem({"--config", "--stdin"}), HasSubstr("--config needs a value"));
  EXPECT_THAT(Problem({"--config="}), HasSubstr("--config needs a value"));
}

TEST(ArgumentsTest, OnlyRepeatableFlagsComeTwice) {
  EXPECT_EQ(Problem({"--config=a", "--config=b"}), "--config is given more than once");
}

TEST(ArgumentsTest, NeverRepeatsWhatMayBeASecret) {
  EXPECT_THAT(Problem({"hunter2", "--config=x"}),
              AllOf(HasSubstr("word 1"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(Problem({"--secret=hunter2", "--config=x"}),
              AllOf(HasSubstr("--secret"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(Problem({"--", "--config=x"}), HasSubstr("word 1"));
}

}  // namespace
}  // namespace evertoken
