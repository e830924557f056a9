#include "tests/commands/run_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace evertoken {
namespace {

constexpr unsigned kMaxSeconds = 30;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void RunChild(const std::string& folder, char** argv, char** envp) {
  const int in = open((folder + "/.stdin").c_str(), O_RDONLY);
  const int out = open((folder + "/.stdout").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err = open((folder + "/.stderr").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  alarm(kMaxSeconds);
  if (chdir(folder.c_str()) == 0) execve(argv[0], argv, envp);
  _exit(126);
}

}  // namespace

std::string TestFolder() {
  const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(test->test_suite_name()) + "." + test->name();
  std::replace(name.begin(), name.end(), '/', '-');
  const std::string folder = ::testing::TempDir() + "/" + name;
  std::filesystem::create_directories(folder);
  return folder;
}

void WriteTestFile(const std::string& name, const std::string& text, int mode) {
  const std::string path = TestFolder() + "/" + name;
  std::ofstream(path) << text;
  chmod(path.c_str(), static_cast<mode_t>(mode));
}

ProgramRun RunEvertoken(const std::vector<std::string>& words, const std::string& input,
                        const Environment& environment) {
  WriteTestFile(".stdin", input);
  const std::string folder = TestFolder();
  std::vector<std::string> argv = {std::filesystem::absolute("server/evertoken").string()};
  argv.insert(argv.end(), words.begin(), words.end());
  std::vector<std::string> envp;
  for (const auto& [name, value] : environment) envp.push_back(name + "=" + value);
  std::vector<char*> argv_pointers = Pointers(argv);
  std::vector<char*> envp_pointers = Pointers(envp);
  const pid_t pid = fork();
  if (pid == 0) RunChild(folder, argv_pointers.data(), envp_pointers.data());
  int status = 0;
  waitpid(pid, &status, 0);
  ProgramRun run;
  run.exit_code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  run.out = ReadAll(folder + "/.stdout");
  run.err = ReadAll(folder + "/.stderr");
  return run;
}

}  // namespace evertoken
