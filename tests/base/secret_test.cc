#include "server/base/secret.h"

#include <cstring>
#include <new>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evertoken {
namespace {

using ::testing::Each;

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};
template <typename T>
concept Ordered = requires(const T& a, const T& b) {
  a < b;
};

// Nothing prints, formats, compares or copies a secret into plain text by accident.
static_assert(!Printable<Secret>);
static_assert(!Comparable<Secret>);
static_assert(!Ordered<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, absl::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!std::is_constructible_v<absl::AlphaNum, Secret>);
static_assert(!std::is_constructible_v<std::string, Secret>);

constexpr char kShort[] = "short-secret";  // fits into the string object itself

// The bytes of an object's storage, before and after its end.
class Storage {
 public:
  Secret* Make(std::string value) { return new (bytes_) Secret(std::move(value)); }
  bool Holds(absl::string_view text) const {
    return absl::string_view(reinterpret_cast<const char*>(bytes_), sizeof(bytes_)).find(text) !=
           absl::string_view::npos;
  }

 private:
  alignas(Secret) unsigned char bytes_[sizeof(Secret)] = {};
};

TEST(SecretTest, RevealsWhatItHolds) {
  const Secret secret("token");
  EXPECT_EQ(secret.Reveal(), "token");
  EXPECT_EQ(secret.size(), 5u);
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(SecretTest, Compares) {
  const Secret secret("token");
  EXPECT_TRUE(secret.Equals("token"));
  EXPECT_FALSE(secret.Equals("tokem"));
  EXPECT_FALSE(secret.Equals("token "));
  EXPECT_FALSE(secret.Equals(""));
  EXPECT_TRUE(Secret().Equals(""));
}

TEST(SecretTest, CopiesAndMoves) {
  for (const std::string& text : {std::string(kShort), std::string(100, 'x')}) {
    Secret first(text);
    Secret copy = first;
    EXPECT_EQ(copy.Reveal(), text);
    Secret moved = std::move(first);
    EXPECT_EQ(moved.Reveal(), text);
    EXPECT_TRUE(first.empty());
    Secret assigned("other");
    assigned = copy;
    EXPECT_EQ(assigned.Reveal(), text);
    assigned = std::move(copy);
    EXPECT_EQ(assigned.Reveal(), text);
    EXPECT_TRUE(copy.empty());
    Secret& same = assigned;
    assigned = same;
    assigned = std::move(same);
    EXPECT_EQ(assigned.Reveal(), text);
  }
}

TEST(SecretTest, LeavesNothingInItsPlaceAtItsEnd) {
  Storage storage;
  Secret* secret = storage.Make(kShort);
  ASSERT_TRUE(storage.Holds(kShort));
  secret->~Secret();
  EXPECT_FALSE(storage.Holds("secret"));
}

TEST(SecretTest, LeavesNothingWhereItWasMovedFrom) {
  Storage storage;
  Secret* secret = storage.Make(kShort);
  Secret elsewhere = std::move(*secret);
  EXPECT_FALSE(storage.Holds("secret"));
  secret->~Secret();

  secret = storage.Make(kShort);
  elsewhere = std::move(*secret);
  EXPECT_FALSE(storage.Holds("secret"));
  secret->~Secret();
}

TEST(SecretTest, OverwritingLeavesNothingOfALongerValue) {
  Storage storage;
  Secret* secret = storage.Make("a-long-secret");
  *secret = Secret("b");
  EXPECT_FALSE(storage.Holds("secret"));
  secret->~Secret();
}

TEST(WipeStringTest, OverwritesUpToTheCapacity) {
  std::string text(200, 's');
  text.resize(10);
  WipeString(&text);
  EXPECT_TRUE(text.empty());
  // The bytes behind the end belong to the string still.
  text.resize(text.capacity(), '\0');
  EXPECT_GE(text.size(), 200u);
  EXPECT_THAT(text, Each('\0'));

  std::string nothing;
  WipeString(&nothing);
  EXPECT_TRUE(nothing.empty());
}

}  // namespace
}  // namespace evertoken
