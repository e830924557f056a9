// Who may call, over a real connection.

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/rpc/edge_fixture.h"

namespace evertoken {
namespace {

class AuthenticationTest : public testing::Test, protected EdgeFixture {
 protected:
  AuthenticationTest() { Start(LoopbackConfig()); }

  // A call with these `authorization` entries.
  grpc::Status CallWith(const std::vector<std::string>& headers) {
    grpc::ClientContext context;
    for (const std::string& header : headers) context.AddMetadata("authorization", header);
    v1::ListProvidersResponse response;
    return logins->ListProviders(&context, v1::ListProvidersRequest(), &response);
  }

  void ExpectUnknown(const std::vector<std::string>& headers) {
    const grpc::Status status = CallWith(headers);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED)
        << testing::PrintToString(headers);
    EXPECT_EQ(ReasonOnWire(status), "CALLER_UNKNOWN");
    // The answer tells nothing of what was wrong.
    EXPECT_EQ(status.error_message(), CallWith({}).error_message());
  }
};

TEST_F(AuthenticationTest, AcceptsEveryLiveSecret) {
  EXPECT_TRUE(CallWith({BasicHeader("shop", "shop-1")}).ok());
  EXPECT_TRUE(CallWith({BasicHeader("shop", "shop-2")}).ok());
  EXPECT_TRUE(CallWith({BasicHeader("other", "other-1")}).ok());
}

TEST_F(AuthenticationTest, SchemeHasNoCase) {
  EXPECT_TRUE(CallWith({"basic " + absl::Base64Escape("shop:shop-1")}).ok());
}

TEST_F(AuthenticationTest, RefusesWrongCredentialsAlike) {
  ExpectUnknown({});
  ExpectUnknown({BasicHeader("shop", "wrong")});
  ExpectUnknown({BasicHeader("shop", "")});
  ExpectUnknown({BasicHeader("shop", "other-1")});
  ExpectUnknown({BasicHeader("Shop", "shop-1")});
  ExpectUnknown({BasicHeader("nobody", "shop-1")});
}

TEST_F(AuthenticationTest, RefusesMalformedCredentialsAlike) {
  ExpectUnknown({""});
  ExpectUnknown({"Basic"});
  ExpectUnknown({"Bearer c2hvcDpzaG9wLTE="});
  ExpectUnknown({"Basic c2hvcDpzaG9wLTE"});
  ExpectUnknown({"Basic not base64"});
  ExpectUnknown({BasicHeader(std::string(4000, 'a'), "shop-1")});
  ExpectUnknown({BasicHeader(std::string("shop\0", 5), "shop-1")});
  ExpectUnknown({BasicHeader("shop", std::string("shop-1\0", 7))});
}

TEST_F(AuthenticationTest, RefusesSeveralCredentials) {
  ExpectUnknown({BasicHeader("shop", "shop-1"), BasicHeader("other", "other-1")});
  ExpectUnknown({BasicHeader("shop", "shop-1"), BasicHeader("shop", "shop-1")});
}

TEST_F(AuthenticationTest, EveryMethodAsksForCredentials) {
  grpc::ClientContext contexts[4];
  v1::ExchangeTokenResponse exchange;
  EXPECT_EQ(
      ReasonOnWire(tokens->ExchangeToken(&contexts[0], v1::ExchangeTokenRequest(), &exchange)),
      "CALLER_UNKNOWN");
  v1::IntrospectTokenResponse introspection;
  EXPECT_EQ(ReasonOnWire(tokens->IntrospectToken(&contexts[1], v1::IntrospectTokenRequest(),
                                                 &introspection)),
            "CALLER_UNKNOWN");
  v1::StartLoginResponse login;
  EXPECT_EQ(ReasonOnWire(logins->StartLogin(&contexts[2], v1::StartLoginRequest(), &login)),
            "CALLER_UNKNOWN");
  v1::WatchGrantEventsResponse event;
  auto watch = tokens->WatchGrantEvents(&contexts[3], v1::WatchGrantEventsRequest());
  EXPECT_FALSE(watch->Read(&event));
  EXPECT_EQ(ReasonOnWire(watch->Finish()), "CALLER_UNKNOWN");
}

TEST_F(AuthenticationTest, TokensBelongToTheirApp) {
  const std::string token = SeedGrant();
  EXPECT_TRUE(IsActive(token));
  grpc::ClientContext context;
  context.AddMetadata("authorization", BasicHeader("other", "other-1"));
  v1::IntrospectTokenRequest request;
  request.set_access_token(token);
  v1::IntrospectTokenResponse response;
  EXPECT_TRUE(tokens->IntrospectToken(&context, request, &response).ok());
  EXPECT_FALSE(response.active());
}

}  // namespace
}  // namespace evertoken
