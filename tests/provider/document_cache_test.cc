#include "server/provider/document_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

constexpr char kUrl[] = "https://acme.test/keys";

class DocumentCacheTest : public ::testing::Test {
 protected:
  absl::StatusOr<DocumentCache::Document> Get(absl::Duration max_age = absl::Hours(1)) {
    return executor_.Await(cache_.Get("acme", kUrl, max_age));
  }
  absl::StatusOr<DocumentCache::Document> Replace(DocumentCache::Document outdated) {
    return executor_.Await(cache_.Replace("acme", kUrl, std::move(outdated)));
  }
  size_t fetches() const { return http_.Requests().size(); }

  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  FakeHttpClient http_;
  DocumentCache cache_{&http_, &clock_, absl::Seconds(10)};
};

TEST_F(DocumentCacheTest, KeepsADocumentForItsAge) {
  http_.On(kUrl, JsonReply(200, R"({"n":1})"));
  EXPECT_THAT(Get(), IsOk());
  clock_.Advance(absl::Minutes(59));
  EXPECT_THAT(Get(), IsOk());
  EXPECT_EQ(fetches(), 1u);
  EXPECT_THAT(Get(absl::Minutes(1)), IsOk());
  EXPECT_EQ(fetches(), 2u);
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Get(), IsOk());
  EXPECT_EQ(fetches(), 3u);
}

TEST_F(DocumentCacheTest, CallersShareOneFetch) {
  http_.On(kUrl, JsonReply(200, R"({"n":1})"));
  http_.SetDelay(absl::Seconds(2));
  auto first = executor_.Start(cache_.Get("acme", kUrl, absl::Hours(1)));
  auto second = executor_.Start(cache_.Get("acme", kUrl, absl::Hours(1)));
  executor_.RunUntilIdle();
  auto third = executor_.Start(cache_.Get("acme", kUrl, absl::Hours(1)));
  executor_.Advance(absl::Seconds(3));
  for (const auto& result : {first, second, third}) {
    ASSERT_TRUE(result->has_value());
    EXPECT_THAT(**result, IsOk());
  }
  EXPECT_EQ(fetches(), 1u);
}

TEST_F(DocumentCacheTest, WhatDidNotServeIsReplacedAtOnceButOnceInAPause) {
  http_.On(kUrl, JsonReply(200, R"({"n":1})"));
  const absl::StatusOr<DocumentCache::Document> first = Get();
  ASSERT_THAT(first, IsOk());
  const absl::StatusOr<DocumentCache::Document> second = Replace(*first);
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(*second, *first);
  EXPECT_EQ(fetches(), 2u);
  // Who still holds the first one gets the second, and who found the second wanting has to wait.
  EXPECT_EQ(*Replace(*first), *second);
  EXPECT_EQ(*Replace(*second), *second);
  EXPECT_EQ(fetches(), 2u);
  clock_.Advance(DocumentCache::kReplacePause);
  EXPECT_NE(*Replace(*second), *second);
  EXPECT_EQ(fetches(), 3u);
}

TEST_F(DocumentCacheTest, WhatCannotBeReplacedServesOn) {
  http_.On(kUrl, JsonReply(200, R"({"n":1})"));
  const absl::StatusOr<DocumentCache::Document> first = Get();
  ASSERT_THAT(first, IsOk());
  http_.On(kUrl, JsonReply(503, ""));
  const absl::StatusOr<DocumentCache::Document> again = Replace(*first);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(*again, *first);
}

TEST_F(DocumentCacheTest, ADeadProviderIsAskedOnceInAPause) {
  http_.On(kUrl, absl::UnavailableError("connection refused"));
  EXPECT_THAT(Get(), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  EXPECT_THAT(Get(), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  EXPECT_EQ(fetches(), 1u);
  clock_.Advance(DocumentCache::kFailurePause);
  http_.On(kUrl, JsonReply(200, "{}"));
  EXPECT_THAT(Get(), IsOk());
  EXPECT_EQ(fetches(), 2u);
}

TEST_F(DocumentCacheTest, WhileAProviderIsDownTheLastDocumentServes) {
  http_.On(kUrl, JsonReply(200, R"({"n":1})"));
  EXPECT_THAT(Get(), IsOk());
  http_.On(kUrl, JsonReply(503, ""));
  clock_.Advance(absl::Hours(2));
  const auto stale = Get();
  ASSERT_THAT(stale, IsOk());
  EXPECT_EQ((*stale)->root().At("/n").Text(), "1");
  clock_.Advance(absl::Hours(23));
  EXPECT_THAT(Get(), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
}

TEST_F(DocumentCacheTest, RefusesWhatIsNoDocument) {
  for (const char* body : {"", "<html>", R"({"a":1,"a":2})"}) {
    http_.On(kUrl, JsonReply(200, body));
    EXPECT_THAT(Get(), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID)) << body;
    clock_.Advance(DocumentCache::kFailurePause);
  }
  for (const int status : {301, 404}) {
    http_.On(kUrl, JsonReply(status, "{}"));
    EXPECT_THAT(Get(), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID)) << status;
    clock_.Advance(DocumentCache::kFailurePause);
  }
  http_.On(kUrl, absl::ResourceExhaustedError("too large"));
  EXPECT_THAT(Get(), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
}

TEST_F(DocumentCacheTest, StaysWithinItsRoom) {
  for (int i = 0; i < 3000; ++i) {
    const std::string url = absl::StrCat("https://acme.test/", i);
    http_.On(url, JsonReply(200, "{}"));
    EXPECT_THAT(executor_.Await(cache_.Get("acme", url, absl::Hours(1))), IsOk());
  }
}

}  // namespace
}  // namespace evertoken
