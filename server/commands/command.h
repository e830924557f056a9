#ifndef EVERTOKEN_SERVER_COMMANDS_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_COMMAND_H_

#include <iosfwd>
#include <string>
#include <vector>

#include "server/commands/arguments.h"
#include "server/config/environment.h"

namespace evertoken {

// What the shell sees.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;   // the command was understood and could not be done
inline constexpr int kExitMisused = 2;  // the command line was not understood

// What a command reads and writes beside files: answers on `out`, everything said to people about them on `err`.
struct CommandIo {
  std::istream* in = nullptr;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  Environment environment;
};

// One command of the program.
struct Command {
  std::string name;         // `serve`, or with its group: `keys generate`
  std::string summary;      // half a line, for the list of commands
  std::string description;  // what it does and what it needs, for its own help
  std::string example;      // one command line
  std::vector<Flag> flags;
  int (*run)(const Arguments& arguments, CommandIo* io) = nullptr;  // gives the exit code
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_COMMAND_H_
