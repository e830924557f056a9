#include "server/commands/command_line.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/config/nearest_name.h"

namespace evertoken {
namespace {

using Words = std::vector<std::string>;

void PrintRow(const std::string& left, const std::string& right, size_t width, std::ostream* out) {
  *out << "  " << left << std::string(width - left.size() + 2, ' ') << right << "\n";
}

void PrintCommands(const std::vector<Command>& commands, std::ostream* out) {
  size_t width = 0;
  for (const Command& command : commands) width = std::max(width, command.name.size());
  for (const Command& command : commands) PrintRow(command.name, command.summary, width, out);
}

void PrintOverview(const std::vector<Command>& commands, std::ostream* out) {
  *out << "Evertoken keeps a user's social login alive: tokens that renew themselves, profiles as "
          "they are now.\n\n"
          "Usage: evertoken COMMAND [flags]\n\nCommands:\n";
  PrintCommands(commands, out);
  *out << "\nFirst steps:\n"
          "  evertoken keys generate --out keys.yaml\n"
          "  evertoken apps hash-secret --key-ring keys.yaml --app my-app\n"
          "  evertoken config check --config evertoken.yaml\n"
          "  evertoken serve --config evertoken.yaml\n\n"
          "`evertoken COMMAND --help` explains a command.\n";
}

std::string FlagText(const Flag& flag) {
  if (flag.operand) return flag.value;
  return flag.value.empty() ? absl::StrCat("--", flag.name)
                            : absl::StrCat("--", flag.name, " ", flag.value);
}

void PrintHelp(const Command& command, std::ostream* out) {
  *out << "Usage: evertoken " << command.name;
  for (const Flag& flag : command.flags) {
    *out << (flag.required ? " " : " [") << FlagText(flag) << (flag.required ? "" : "]")
         << (flag.repeatable ? "…" : "");
  }
  *out << "\n\n" << command.description << "\n\nFlags:\n";
  size_t width = FlagText({"help", "", "", false, false}).size();
  for (const Flag& flag : command.flags) width = std::max(width, FlagText(flag).size());
  for (const Flag& flag : command.flags) PrintRow(FlagText(flag), flag.help, width, out);
  PrintRow("--help", "Prints this.", width, out);
  *out << "\nExample:\n  " << command.example << "\n";
}

// The command whose name the first words are; longer names are tried as well as shorter ones.
const Command* FindCommand(const std::vector<Command>& commands, const Words& words, size_t* used) {
  for (const Command& command : commands) {
    const Words name = absl::StrSplit(command.name, ' ');
    if (words.size() < name.size() || !std::equal(name.begin(), name.end(), words.begin()))
      continue;
    *used = name.size();
    return &command;
  }
  return nullptr;
}

std::string NamesJoined(const std::vector<Command>& commands) {
  return absl::StrJoin(commands, ", ",
                       [](std::string* out, const Command& command) { out->append(command.name); });
}

// Commands whose name begins with this word.
std::vector<Command> GroupOf(const std::vector<Command>& commands, const std::string& word) {
  std::vector<Command> group;
  for (const Command& command : commands) {
    if (absl::StartsWith(command.name, absl::StrCat(word, " "))) group.push_back(command);
  }
  return group;
}

int UnknownCommand(const std::vector<Command>& commands, const Words& words, CommandIo* io) {
  const std::vector<Command> group = GroupOf(commands, words[0]);
  if (words.size() == 2 && words[1] == "--help" && !group.empty()) {
    PrintCommands(group, io->out);
    return kExitDone;
  }
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.name);
  std::ostream* const err = io->err;
  if (words.size() == 1 && !group.empty()) {
    *err << "evertoken: `" << words[0] << "` needs one more word: " << NamesJoined(group) << "\n";
    return kExitMisused;
  }
  // As many words as names have; flags are not part of a misspelling.
  const auto first_flag = std::find_if(
      words.begin(), words.end(), [](const std::string& w) { return absl::StartsWith(w, "-"); });
  const auto end = std::min(first_flag, words.begin() + std::min<size_t>(words.size(), 2));
  const std::string typed = absl::StrJoin(words.begin(), end, " ");
  const std::string nearest = NearestName(typed, names, 4);
  *err << "evertoken: unknown command";
  if (!nearest.empty()) *err << "; did you mean `evertoken " << nearest << "`?";
  *err << "\n`evertoken --help` lists all commands.\n";
  return kExitMisused;
}

int Run(const Command& command, const Words& words, CommandIo* io) {
  if (std::find(words.begin(), words.end(), "--help") != words.end()) {
    PrintHelp(command, io->out);
    return kExitDone;
  }
  const absl::StatusOr<Arguments> arguments = Arguments::Parse(command.flags, words);
  if (!arguments.ok()) {
    for (absl::string_view line : absl::StrSplit(arguments.status().message(), '\n')) {
      *io->err << "evertoken " << command.name << ": " << line << "\n";
    }
    *io->err << "`evertoken " << command.name << " --help` explains the flags.\n";
    return kExitMisused;
  }
  return command.run(*arguments, io);
}

}  // namespace

int RunCommandLine(const std::vector<Command>& commands, const Words& words, CommandIo* io) {
  if (words.empty()) {
    PrintOverview(commands, io->err);
    return kExitMisused;
  }
  const bool asks_help = words[0] == "--help" || words[0] == "-h" || words[0] == "help";
  if (asks_help && words.size() == 1) {
    PrintOverview(commands, io->out);
    return kExitDone;
  }
  if (words[0] == "--version") return RunCommandLine(commands, {"version"}, io);
  Words rest(words.begin() + (asks_help ? 1 : 0), words.end());
  if (asks_help) rest.push_back("--help");
  size_t used = 0;
  const Command* command = FindCommand(commands, rest, &used);
  if (command == nullptr) return UnknownCommand(commands, rest, io);
  return Run(*command, Words(rest.begin() + used, rest.end()), io);
}

}  // namespace evertoken
