#include "server/rpc/watch_streams.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "server/base/error.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

class FakeStream final : public WatchStreams::Stream {
 public:
  void End(absl::Status status) override { ends.push_back(std::move(status)); }
  std::vector<absl::Status> ends;
};

TEST(WatchStreamsTest, BoundsStreamsOfAllAppsAndOfEach) {
  Metrics metrics;
  WatchStreams streams(3, 2, &metrics);
  const auto a = std::make_shared<FakeStream>(), b = std::make_shared<FakeStream>(),
             c = std::make_shared<FakeStream>(), d = std::make_shared<FakeStream>();
  EXPECT_THAT(streams.Enter("shop", a), IsOk());
  EXPECT_THAT(streams.Enter("shop", b), IsOk());
  EXPECT_THAT(streams.Enter("shop", c), HasReason(v1::ERROR_REASON_SERVER_OVERLOADED));
  EXPECT_THAT(streams.Enter("other", c), IsOk());
  EXPECT_THAT(streams.Enter("third", d), HasReason(v1::ERROR_REASON_SERVER_OVERLOADED));
  streams.Leave("shop", a.get());
  EXPECT_THAT(streams.Enter("third", d), IsOk());
  EXPECT_NE(metrics.Serialize().find("evertoken_event_streams 3\n"), std::string::npos);
  streams.Leave("third", d.get());
  EXPECT_THAT(streams.Enter("shop", a), IsOk());
}

TEST(WatchStreamsTest, ADrainEndsThoseThatAreOpenAndLetsNoneIn) {
  Metrics metrics;
  WatchStreams streams(3, 3, &metrics);
  const auto open = std::make_shared<FakeStream>(), left = std::make_shared<FakeStream>(),
             late = std::make_shared<FakeStream>();
  EXPECT_THAT(streams.Enter("shop", open), IsOk());
  EXPECT_THAT(streams.Enter("shop", left), IsOk());
  streams.Leave("shop", left.get());
  streams.Drain();
  ASSERT_EQ(open->ends.size(), 1u);
  EXPECT_THAT(open->ends[0], HasReason(v1::ERROR_REASON_SERVER_STOPPING));
  EXPECT_TRUE(RetryAfterOf(open->ends[0]).has_value());
  EXPECT_TRUE(left->ends.empty());
  EXPECT_THAT(streams.Enter("shop", late), HasReason(v1::ERROR_REASON_SERVER_STOPPING));
  EXPECT_TRUE(late->ends.empty());
}

}  // namespace
}  // namespace evertoken
