#include "tests/bench/load_client.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bench/echo.grpc.pb.h"

namespace evertoken::bench {
namespace {

constexpr char kEcho[] = "/evertoken.bench.EchoService/Echo";

// Counts what it sees; refuses requests for no bytes.
class CountingEcho final : public EchoService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const EchoRequest* request,
                                 EchoResponse* response) override {
    ++calls;
    const auto found = context->client_metadata().find("authorization");
    if (found != context->client_metadata().end() && found->second == "Basic test") ++authorized;
    response->set_payload(std::string(request->reply_bytes(), 'x'));
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(request->reply_bytes() > 0
                        ? grpc::Status::OK
                        : grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "nothing wanted"));
    return reactor;
  }

  std::atomic<int> calls{0};
  std::atomic<int> authorized{0};
};

class LoadClientTest : public testing::Test {
 protected:
  LoadClientTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&echo_);
    server_ = builder.BuildAndStart();
    client_ = std::make_unique<LoadClient>(absl::StrCat("127.0.0.1:", port), "Basic test");
  }

  static std::string RequestFor(int bytes) {
    EchoRequest request;
    request.set_reply_bytes(static_cast<uint32_t>(bytes));
    return request.SerializeAsString();
  }

  CountingEcho echo_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<LoadClient> client_;
};

TEST_F(LoadClientTest, SendsEachRequestOnceAndShowsItsResponse) {
  std::vector<std::string> requests;
  for (int i = 0; i < 100; ++i) requests.push_back(RequestFor(i + 1));
  std::vector<size_t> sizes(requests.size());
  const LoadResult result =
      client_->SendAll(kEcho, requests, 7, [&sizes](size_t index, const std::string& bytes) {
        EchoResponse response;
        if (response.ParseFromString(bytes)) sizes[index] = response.payload().size();
      });
  EXPECT_EQ(result.calls, 100);
  EXPECT_EQ(result.errors, 0);
  EXPECT_EQ(echo_.calls, 100);
  EXPECT_EQ(echo_.authorized, 100);
  for (size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(sizes[i], i + 1);
  EXPECT_GT(result.PerSecond(), 0);
}

TEST_F(LoadClientTest, CountsErrorsAndKeepsTheFirst) {
  const LoadResult result =
      client_->SendAll(kEcho, {RequestFor(0), RequestFor(1), RequestFor(0)}, 2);
  EXPECT_EQ(result.calls, 3);
  EXPECT_EQ(result.errors, 2);
  EXPECT_THAT(result.first_error, testing::HasSubstr("nothing wanted"));
}

TEST_F(LoadClientTest, MoreSlotsThanRequestsIsNoProblem) {
  EXPECT_EQ(client_->SendAll(kEcho, {RequestFor(1)}, 50).calls, 1);
}

TEST_F(LoadClientTest, RepeatsRequestsUntilTheTimeIsOver) {
  const LoadResult result = client_->SendFor(kEcho, {RequestFor(1)}, 4, absl::Milliseconds(50));
  EXPECT_GE(result.took, absl::Milliseconds(50));
  EXPECT_EQ(result.errors, 0);
  EXPECT_EQ(result.calls, echo_.calls);
}

TEST(LoadResultTest, PercentilesAreRanks) {
  LoadResult result;
  EXPECT_EQ(result.Percentile(0.99), absl::ZeroDuration());
  for (int i = 1; i <= 100; ++i) result.latencies.push_back(absl::Milliseconds(i));
  EXPECT_EQ(result.Percentile(0), absl::Milliseconds(1));
  EXPECT_EQ(result.Percentile(0.99), absl::Milliseconds(99));
  EXPECT_EQ(result.Percentile(1), absl::Milliseconds(100));
}

}  // namespace
}  // namespace evertoken::bench
