#include <string>

#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;

TEST_P(StoreTickets, UnknownTicketIsNotFound) {
  EXPECT_THAT(Run(store()->SpendTicket(NewKey(), "shop", absl::Seconds(10))), StatusIs(kNotFound));
}

TEST_P(StoreTickets, TicketIsSpentOnceAndReplayedToItsOwner) {
  const SlotKey key = NewKey();
  const std::string record("state\0\xff", 7);
  ASSERT_THAT(Run(store()->PutTicket(key, "shop", record, absl::Minutes(15))), IsOk());
  const absl::StatusOr<Ticket> first =
      Run(store(1)->SpendTicket(key, "shop", absl::Seconds(10)), 1);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->record, record);
  EXPECT_FALSE(first->replayed);
  const absl::StatusOr<Ticket> second = Run(store()->SpendTicket(key, "shop", absl::Seconds(10)));
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->record, record);
  EXPECT_TRUE(second->replayed);
}

TEST_P(StoreTickets, WithoutReplayWindowASecondSpendIsRefused) {
  const SlotKey key = NewKey();
  ASSERT_THAT(Run(store()->PutTicket(key, "shop", "state", absl::Minutes(15))), IsOk());
  EXPECT_THAT(Run(store()->SpendTicket(key, "shop", absl::ZeroDuration())), IsOk());
  EXPECT_THAT(Run(store()->SpendTicket(key, "shop", absl::ZeroDuration())), StatusIs(kNotFound));
  EXPECT_THAT(Run(store()->SpendTicket(key, "shop", absl::Seconds(10))), StatusIs(kNotFound));
}

TEST_P(StoreTickets, AnotherOwnersAttemptLeavesTheTicketAsItWas) {
  const SlotKey key = NewKey();
  ASSERT_THAT(Run(store()->PutTicket(key, "shop", "state", absl::Minutes(15))), IsOk());
  for (const std::string owner : {"", "shop2", "sho", "Shop"}) {
    EXPECT_THAT(Run(store()->SpendTicket(key, owner, absl::Seconds(10))), StatusIs(kNotFound))
        << owner;
  }
  const absl::StatusOr<Ticket> ticket = Run(store()->SpendTicket(key, "shop", absl::Seconds(10)));
  ASSERT_THAT(ticket, IsOk());
  EXPECT_FALSE(ticket->replayed);
  EXPECT_THAT(Run(store()->SpendTicket(key, "shop2", absl::Seconds(10))), StatusIs(kNotFound));
}

TEST_P(StoreTickets, KeyInUseIsRefused) {
  const SlotKey key = NewKey();
  ASSERT_THAT(Run(store()->PutTicket(key, "shop", "first", absl::Minutes(15))), IsOk());
  EXPECT_THAT(Run(store()->PutTicket(key, "shop", "second", absl::Minutes(15))),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(Run(store()->SpendTicket(key, "shop", absl::Seconds(10)))->record, "first");
}

TEST_P(StoreTickets, GrantsAndTicketsDoNotShareKeys) {
  const SlotKey key = MakeGrant("grant");
  ASSERT_THAT(Run(store()->PutTicket(key, "shop", "ticket", absl::Minutes(15))), IsOk());
  EXPECT_EQ(Read(key)->record, "grant");
  EXPECT_EQ(Run(store()->SpendTicket(key, "shop", absl::ZeroDuration()))->record, "ticket");
  EXPECT_EQ(Read(key)->record, "grant");
}

}  // namespace
}  // namespace evertoken
