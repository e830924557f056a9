// Runs a fuzz function over its corpus: what once broke it, and an example of each kind of input.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

void Feed(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

TEST(ReplayTest, SurvivesTheCorpus) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(EVERTOKEN_CORPUS)) {
    SCOPED_TRACE(entry.path().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
    Feed(input);
    // What a broken connection leaves of it.
    for (const size_t length : {input.size() / 2, input.size() - input.size() / 8})
      Feed(input.substr(0, length));
    ++files;
  }
  Feed("");
  EXPECT_GT(files, 0);
}

}  // namespace
