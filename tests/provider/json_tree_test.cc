#include "server/provider/json_tree.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

void AddMember(const std::string& key, int64_t number, JsonTree* tree) {
  tree->AddText(key);
  tree->EndKey();
  tree->AddInt64(number);
}

// An object of the numbers up to `members`, each by its name.
void AddNumbers(int members, JsonTree* tree) {
  tree->BeginObject();
  for (int i = 0; i < members; ++i) AddMember(absl::StrCat("n", i), i, tree);
  tree->End();
}

TEST(JsonTreeTest, FindsEveryMemberOfSmallAndLargeObjects) {
  for (const int members : {0, 1, 12, 13, 500}) {
    JsonTree tree(10000);
    AddNumbers(members, &tree);
    EXPECT_EQ(tree.root().index != nullptr, members > 12);
    for (int i = 0; i < members; ++i) {
      const JsonNode* found = FindMember(tree.root(), absl::StrCat("n", i));
      ASSERT_NE(found, nullptr) << i;
      EXPECT_EQ(found->int64, i);
    }
    EXPECT_EQ(FindMember(tree.root(), "n"), nullptr);
    EXPECT_EQ(FindMember(tree.root(), absl::StrCat("n", members)), nullptr);
    EXPECT_FALSE(tree.HasRepeatedKeys());
  }
}

TEST(JsonTreeTest, ReadsARepeatedKeyAsItsLastValue) {
  for (const int members : {3, 300}) {
    JsonTree tree(10000);
    tree.BeginObject();
    for (int i = 0; i < members; ++i) AddMember("k", i, &tree);
    tree.End();
    EXPECT_EQ(FindMember(tree.root(), "k")->int64, members - 1);
    EXPECT_TRUE(tree.HasRepeatedKeys());
  }
}

TEST(JsonTreeTest, StepsOverWhatIsInside) {
  JsonTree tree(10000);
  tree.BeginArray();
  AddNumbers(20, &tree);
  tree.BeginArray();
  tree.End();
  AddNumbers(2, &tree);
  tree.AddBoolean(true);
  tree.End();
  EXPECT_EQ(tree.root().size, 4u);
  EXPECT_EQ(tree.root().extent, 1u + 21 + 1 + 3 + 1);
  EXPECT_EQ(FindMember(*FindElement(tree.root(), 0), "n19")->int64, 19);
  EXPECT_EQ(FindElement(tree.root(), 1)->size, 0u);
  EXPECT_EQ(FindMember(*FindElement(tree.root(), 2), "n1")->int64, 1);
  EXPECT_TRUE(FindElement(tree.root(), 3)->boolean);
  EXPECT_EQ(FindElement(tree.root(), 4), nullptr);
}

TEST(JsonTreeTest, JoinsThePartsOfATextAndKeepsToItsRoom) {
  JsonTree tree(8);
  tree.BeginObject();
  tree.AddText("ke");
  tree.AddText("y");
  tree.EndKey();
  tree.AddText("a");
  tree.AddText("");
  tree.AddText("bcdefgh");
  tree.EndString();
  tree.End();
  EXPECT_EQ(FindMember(tree.root(), "key")->text_view(), "abcde");
}

}  // namespace
}  // namespace evertoken
