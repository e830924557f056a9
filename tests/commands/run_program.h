#ifndef EVERTOKEN_TESTS_COMMANDS_RUN_PROGRAM_H_
#define EVERTOKEN_TESTS_COMMANDS_RUN_PROGRAM_H_

#include <string>
#include <vector>

#include "server/config/environment.h"

namespace evertoken {

struct ProgramRun {
  int exit_code = -1;  // minus the signal that ended it
  std::string out;
  std::string err;
};

// Runs the built `evertoken` to its end with `words`, in a folder of the test's own that is kept between calls, with `input` as its
// standard input and `environment` as its whole environment. Killed after half a minute.
ProgramRun RunEvertoken(const std::vector<std::string>& words, const std::string& input = "",
                        const Environment& environment = {});

// The folder that RunEvertoken runs in: one for each test.
std::string TestFolder();

// Writes a file of mode `mode` into the folder.
void WriteTestFile(const std::string& name, const std::string& text, int mode = 0600);

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_COMMANDS_RUN_PROGRAM_H_
