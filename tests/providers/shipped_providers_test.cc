// Replays the case file of every shipped catalogue entry through the real ProviderApi: once in memory, once over HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/cases/case_runner.h"
#include "tests/fakes/status_matchers.h"
#include "tests/providers/case_player.h"

namespace evertoken {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

using Entry = std::shared_ptr<const config::v1::Provider>;

std::vector<ProviderCase> AllCases() {
  std::vector<ProviderCase> all;
  for (const std::string& id : ShippedIds()) {
    std::vector<ProviderCase> cases = ShippedCases(id).cases;
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

// Read once: the catalogue is large.
Entry EntryOf(const ProviderCase& played) {
  static auto* const known = new std::map<std::string, Entry>();
  Entry& entry = (*known)[played.provider];
  if (entry != nullptr && played.entry.empty()) return entry;
  const absl::StatusOr<Entry> found = EntryOfCase(played, {ShippedSource()});
  EXPECT_THAT(found.status(), IsOk());
  if (!found.ok()) return std::make_shared<config::v1::Provider>();
  if (played.entry.empty()) entry = *found;
  return *found;
}

class ShippedProviderTest : public ::testing::TestWithParam<ProviderCase> {};

TEST_P(ShippedProviderTest, DoesWhatItsCaseSays) {
  EXPECT_THAT(PlayCase(GetParam(), EntryOf(GetParam())), IsEmpty()) << GetParam().name;
}

TEST_P(ShippedProviderTest, DoesTheSameOverHttp) {
  EXPECT_THAT(PlayCaseOverHttp(GetParam(), EntryOf(GetParam())), IsEmpty()) << GetParam().name;
}

std::string TestName(const ::testing::TestParamInfo<ProviderCase>& info) {
  // GoogleTest takes letters, digits and underscores.
  return absl::StrCat(absl::StrReplaceAll(info.param.provider, {{"-", "_"}}), "_",
                      info.param.situation, "_", info.index);
}

INSTANTIATE_TEST_SUITE_P(Cases, ShippedProviderTest, ::testing::ValuesIn(AllCases()), TestName);

TEST(ShippedCatalogTest, EveryEntryHasItsCaseFileAndEveryFileItsEntry) {
  const std::vector<std::string> ids = ShippedIds();
  std::set<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator("tests/providers/cases"))
    files.insert(file.path().stem().string());
  EXPECT_EQ(files, std::set<std::string>(ids.begin(), ids.end()));
  for (const std::string& id : ids) EXPECT_THAT(ShippedCases(id).cases, Not(IsEmpty())) << id;
}

}  // namespace
}  // namespace evertoken
