#include "server/provider/client_authentication.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

config::v1::ProviderClient Client(const char* secret) {
  config::v1::ProviderClient client;
  client.set_client_id("id:1");
  client.set_client_secret(secret);
  return client;
}

// With other names for the parameters than the usual ones where they are given.
Provider Entry(const char* id_parameter = "client_id",
               const char* secret_parameter = "client_secret") {
  Provider entry;
  entry.mutable_authorization()->set_client_id_parameter(id_parameter);
  entry.mutable_client_authentication()->set_client_secret_parameter(secret_parameter);
  return entry;
}

TEST(ClientAuthenticationTest, BasicEncodesBothPartsFirst) {
  HttpRequest request;
  FormFields form;
  AuthenticateClient(Provider::ClientAuthentication::KIND_BASIC, Entry(), Client("p w+"), &request,
                     &form);
  EXPECT_THAT(form, IsEmpty());
  EXPECT_THAT(request.headers,
              ElementsAre(Pair("Authorization", "Basic " + absl::Base64Escape("id%3A1:p%20w%2B"))));
}

TEST(ClientAuthenticationTest, PostPutsBothIntoTheForm) {
  HttpRequest request;
  FormFields form;
  AuthenticateClient(Provider::ClientAuthentication::KIND_POST, Entry(), Client("pw"), &request,
                     &form);
  EXPECT_THAT(form, ElementsAre(Pair("client_id", "id:1"), Pair("client_secret", "pw")));
  EXPECT_THAT(request.headers, IsEmpty());
}

TEST(ClientAuthenticationTest, ParametersHaveTheEntrysNames) {
  const Provider entry = Entry("client_key", "key_secret");
  HttpRequest request;
  FormFields form;
  AuthenticateClient(Provider::ClientAuthentication::KIND_POST, entry, Client("pw"), &request,
                     &form);
  EXPECT_THAT(form, ElementsAre(Pair("client_key", "id:1"), Pair("key_secret", "pw")));
  FormFields without_secret;
  AuthenticateClient(Provider::ClientAuthentication::KIND_POST, entry, Client(""), &request,
                     &without_secret);
  EXPECT_THAT(without_secret, ElementsAre(Pair("client_key", "id:1")));
}

TEST(ClientAuthenticationTest, AClientWithoutSecretIsPublic) {
  for (const auto kind :
       {Provider::ClientAuthentication::KIND_NONE, Provider::ClientAuthentication::KIND_BASIC,
        Provider::ClientAuthentication::KIND_POST}) {
    HttpRequest request;
    FormFields form;
    AuthenticateClient(kind, Entry(), Client(""), &request, &form);
    EXPECT_THAT(form, ElementsAre(Pair("client_id", "id:1")));
    EXPECT_THAT(request.headers, IsEmpty());
  }
}

TEST(ClientAuthenticationTest, NoneNeverSendsTheSecret) {
  HttpRequest request;
  FormFields form;
  AuthenticateClient(Provider::ClientAuthentication::KIND_NONE, Entry(), Client("pw"), &request,
                     &form);
  EXPECT_THAT(form, ElementsAre(Pair("client_id", "id:1")));
}

TEST(ClientAuthenticationTest, ChoosesWhatDiscoveryOffers) {
  EXPECT_EQ(ChooseByDiscovery({}), Provider::ClientAuthentication::KIND_BASIC);
  EXPECT_EQ(ChooseByDiscovery({"client_secret_post", "client_secret_basic"}),
            Provider::ClientAuthentication::KIND_BASIC);
  EXPECT_EQ(ChooseByDiscovery({"private_key_jwt", "client_secret_post"}),
            Provider::ClientAuthentication::KIND_POST);
}

}  // namespace
}  // namespace evertoken
