#include "server/web/session_registry.h"

#include "gtest/gtest.h"

namespace evertoken {
namespace {

class FakeSession final : public WebSession {
 public:
  void Drain() override { ++drained; }
  void Close() override { ++closed; }

  int drained = 0;
  int closed = 0;
};

TEST(SessionRegistryTest, HasSoManyPlacesAndNoMore) {
  auto registry = std::make_shared<SessionRegistry>(2);
  auto first = registry->Enter();
  auto second = registry->Enter();
  EXPECT_NE(second, nullptr);
  EXPECT_EQ(registry->Enter(), nullptr);
  first.reset();
  EXPECT_NE(registry->Enter(), nullptr);
  EXPECT_EQ(registry->size(), 1u);
}

TEST(SessionRegistryTest, TellsTheEndToThosePresentAndThoseToCome) {
  auto registry = std::make_shared<SessionRegistry>(10);
  auto present = std::make_shared<FakeSession>();
  auto late = std::make_shared<FakeSession>();
  auto first = registry->Enter();
  auto second = registry->Enter();
  first->Seat(present);
  registry->Drain();
  second->Seat(late);
  EXPECT_EQ(present->drained, 1);
  EXPECT_EQ(late->drained, 1);
  EXPECT_EQ(registry->Enter(), nullptr);
  registry->Close();
  EXPECT_EQ(present->closed, 1);
  EXPECT_EQ(late->closed, 1);
}

TEST(SessionRegistryTest, KnowsWhenTheLastOneLeft) {
  auto registry = std::make_shared<SessionRegistry>(10);
  auto place = registry->Enter();
  EXPECT_FALSE(registry->WaitUntilEmpty(absl::ZeroDuration()));
  place.reset();
  EXPECT_TRUE(registry->WaitUntilEmpty(absl::ZeroDuration()));
}

TEST(SessionRegistryTest, APlaceMayOutliveItsRegistrysOwner) {
  auto registry = std::make_shared<SessionRegistry>(1);
  auto place = registry->Enter();
  registry.reset();
  place.reset();
}

}  // namespace
}  // namespace evertoken
