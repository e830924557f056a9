#include "server/rpc/overload_gate.h"

#include <optional>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evertoken {
namespace {

using testing::HasSubstr;

TEST(OverloadGateTest, LetsInAsManyAsTheLimit) {
  Metrics metrics;
  OverloadGate gate(2, &metrics);
  std::optional<OverloadGate::Permit> first = gate.TryEnter();
  std::optional<OverloadGate::Permit> second = gate.TryEnter();
  EXPECT_TRUE(first.has_value());
  EXPECT_TRUE(second.has_value());
  EXPECT_FALSE(gate.TryEnter().has_value());
  first.reset();
  EXPECT_TRUE(gate.TryEnter().has_value());
}

TEST(OverloadGateTest, ReleaseCountsOnce) {
  Metrics metrics;
  OverloadGate gate(2, &metrics);
  std::optional<OverloadGate::Permit> first = gate.TryEnter();
  std::optional<OverloadGate::Permit> second = gate.TryEnter();
  first->Release();
  first->Release();
  first.reset();
  std::optional<OverloadGate::Permit> third = gate.TryEnter();
  EXPECT_TRUE(third.has_value());
  EXPECT_FALSE(gate.TryEnter().has_value());
}

TEST(OverloadGateTest, MovedPermitsCountOnce) {
  Metrics metrics;
  OverloadGate gate(1, &metrics);
  {
    std::optional<OverloadGate::Permit> permit = gate.TryEnter();
    const OverloadGate::Permit moved = *std::move(permit);
    permit.reset();
    EXPECT_FALSE(gate.TryEnter().has_value());
  }
  EXPECT_TRUE(gate.TryEnter().has_value());
}

TEST(OverloadGateTest, ShowsTheNumberAsAMetric) {
  Metrics metrics;
  OverloadGate gate(2, &metrics);
  std::optional<OverloadGate::Permit> permit = gate.TryEnter();
  EXPECT_THAT(metrics.Serialize(), HasSubstr("evertoken_in_flight_requests 1"));
  permit.reset();
  EXPECT_THAT(metrics.Serialize(), HasSubstr("evertoken_in_flight_requests 0"));
}

TEST(OverloadGateTest, PermitsMayOutliveGateAndMetrics) {
  std::optional<OverloadGate::Permit> permit;
  {
    Metrics metrics;
    OverloadGate gate(1, &metrics);
    permit.emplace(*gate.TryEnter());
  }
  permit.reset();
}

}  // namespace
}  // namespace evertoken
