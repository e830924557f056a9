#ifndef EVERTOKEN_TESTS_STORE_TEMP_DIR_H_
#define EVERTOKEN_TESTS_STORE_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "gtest/gtest.h"

namespace evertoken {

// A folder of a test's own, deleted at its end.
class TempDir {
 public:
  TempDir() : path_(testing::TempDir() + "/evertoken-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_STORE_TEMP_DIR_H_
