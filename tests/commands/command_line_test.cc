#include "server/commands/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace evertoken {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

int PrintName(const Arguments& arguments, CommandIo* io) {
  *io->out << "hello " << arguments.Get("name") << "\n";
  return 7;
}

Command Make(const std::string& name) {
  return {.name = name,
          .summary = "Summary of " + name + ".",
          .description = "Description of " + name + ".",
          .example = "evertoken " + name,
          .flags = {{"name", "WHO", "Whom to greet.", true, false}},
          .run = PrintName};
}

class CommandLineTest : public ::testing::Test {
 protected:
  int Run(const std::vector<std::string>& words) {
    CommandIo io;
    io.in = &in_;
    io.out = &out_;
    io.err = &err_;
    return RunCommandLine(
        {Make("serve"), Make("keys generate"), Make("keys list"), Make("version")}, words, &io);
  }

  std::istringstream in_;
  std::ostringstream out_, err_;
};

TEST_F(CommandLineTest, RunsACommandAndGivesItsExitCode) {
  EXPECT_EQ(Run({"serve", "--name", "you"}), 7);
  EXPECT_EQ(out_.str(), "hello you\n");
}

TEST_F(CommandLineTest, ACommandMayHaveTwoWords) {
  EXPECT_EQ(Run({"keys", "generate", "--name=you"}), 7);
}

TEST_F(CommandLineTest, HelpListsEveryCommand) {
  for (const char* word : {"--help", "-h", "help"}) {
    out_.str("");
    EXPECT_EQ(Run({word}), kExitDone);
    EXPECT_THAT(out_.str(), AllOf(HasSubstr("serve"), HasSubstr("keys generate"),
                                  HasSubstr("Summary of keys list.")));
  }
  EXPECT_THAT(err_.str(), IsEmpty());
}

TEST_F(CommandLineTest, WithoutWordsItSaysHowToUseIt) {
  EXPECT_EQ(Run({}), kExitMisused);
  EXPECT_THAT(out_.str(), IsEmpty());
  EXPECT_THAT(err_.str(), HasSubstr("Usage: evertoken COMMAND"));
}

TEST_F(CommandLineTest, ACommandExplainsItself) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"keys", "generate", "--help"},
                                             {"help", "keys", "generate"},
                                             {"keys", "generate", "--nonsense", "--help"}}) {
    out_.str("");
    EXPECT_EQ(Run(words), kExitDone);
    EXPECT_THAT(out_.str(), AllOf(HasSubstr("Usage: evertoken keys generate --name WHO\n"),
                                  HasSubstr("Description of keys generate."),
                                  HasSubstr("Whom to greet."), HasSubstr("Example:")));
  }
}

TEST_F(CommandLineTest, AnUnknownCommandNamesTheNearest) {
  EXPECT_EQ(Run({"serv"}), kExitMisused);
  EXPECT_THAT(err_.str(), HasSubstr("did you mean `evertoken serve`?"));
  err_.str("");
  EXPECT_EQ(Run({"keys", "genrate", "--name=you"}), kExitMisused);
  EXPECT_THAT(err_.str(), HasSubstr("did you mean `evertoken keys generate`?"));
}

TEST_F(CommandLineTest, HalfACommandNamesTheOthers) {
  EXPECT_EQ(Run({"keys"}), kExitMisused);
  EXPECT_THAT(err_.str(), HasSubstr("needs one more word: keys generate, keys list"));
}

TEST_F(CommandLineTest, HelpOfAGroupListsItsCommands) {
  EXPECT_EQ(Run({"keys", "--help"}), kExitDone);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("keys generate"), HasSubstr("Summary of keys list."),
                                Not(HasSubstr("serve"))));
  EXPECT_THAT(err_.str(), IsEmpty());
  EXPECT_EQ(Run({"nonsense", "--help"}), kExitMisused);
}

TEST_F(CommandLineTest, AnUnknownFlagNamesTheNearest) {
  EXPECT_EQ(Run({"serve", "--nam=x"}), kExitMisused);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("unknown flag --nam; did you mean --name?"),
                                HasSubstr("--name WHO is required")));
  EXPECT_THAT(out_.str(), IsEmpty());
}

}  // namespace
}  // namespace evertoken
