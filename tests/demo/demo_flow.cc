#include "tests/demo/demo_flow.h"

#include <google/protobuf/util/json_util.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <ostream>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "evertoken/v1/token_service.grpc.pb.h"
#include "tests/demo/form.h"
#include "tests/demo/scripted_browser.h"

namespace evertoken::demo {
namespace {

constexpr auto kCallTimeout = std::chrono::seconds(30);
constexpr char kUser[] = "ada";

std::string ToJson(const google::protobuf::Message& message, bool pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = pretty;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return "{}";
  return json;
}

// Code, reason and message of a failed call.
absl::Status FailureOf(absl::string_view method, const grpc::Status& status) {
  std::string reason = "no reason";
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    google::rpc::ErrorInfo info;
    for (const auto& detail : details.details()) {
      if (detail.UnpackTo(&info)) reason = info.reason();
    }
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      absl::StrCat(method, " failed (", reason, "): ", status.error_message()));
}

std::string WithoutQuery(const std::string& url) { return url.substr(0, url.find('?')); }

class Flow {
 public:
  Flow(const DemoTarget& target, std::ostream* out)
      : target_(target),
        out_(*out),
        stub_(v1::TokenService::NewStub(
            grpc::CreateChannel(target.grpc_address, grpc::InsecureChannelCredentials()))) {}

  absl::Status Run() {
    absl::StatusOr<std::string> request_token = SignIn();
    if (!request_token.ok()) return request_token.status();
    v1::ExchangeTokenRequest exchange;
    exchange.set_request_token(*request_token);
    v1::ExchangeTokenResponse token;
    absl::Status done = Step(
        "A service exchanges the request token for an access token (repeatable for 10 seconds)",
        "ExchangeToken", &v1::TokenService::Stub::ExchangeToken, exchange, &token);
    if (!done.ok()) return done;
    return UseToken(token.access_token());
  }

 private:
  template <typename Request, typename Response>
  using Method = grpc::Status (v1::TokenService::Stub::*)(grpc::ClientContext*, const Request&,
                                                          Response*);

  // The browser's part; gives the request token that the app received.
  absl::StatusOr<std::string> SignIn() {
    Heading(absl::StrCat("A user signs in (in a browser: ", target_.web_address, "/)"));
    ScriptedBrowser browser;
    const std::string start =
        AppendQuery(absl::StrCat(target_.web_address, "/login/demo"),
                    {{"app", "demo"}, {"redirect_uri", target_.app_redirect_uri}});
    absl::StatusOr<Page> page = Arrived("provider's login page", browser.Open(start));
    if (page.ok())
      page = Arrived("provider's consent page", browser.Submit(*page, {{"user", kUser}}));
    if (page.ok()) page = Arrived("app", browser.Submit(*page, {{"decision", "allow"}}));
    if (!page.ok()) return page.status();
    const std::string request_token = ValueOf(page->Query(), "request_token");
    if (!absl::StartsWith(page->url, target_.app_redirect_uri) || request_token.empty()) {
      return absl::InternalError(
          absl::StrCat("sign-in failed: no request token came to ", WithoutQuery(page->url)));
    }
    out_ << "{\n \"requestToken\": " << JsonString(request_token) << "\n}\n" << std::flush;
    return request_token;
  }

  absl::StatusOr<Page> Arrived(absl::string_view where, absl::StatusOr<Page> page) {
    if (!page.ok())
      return absl::Status(page.status().code(), absl::StrCat("sign-in failed before the ", where,
                                                             ": ", page.status().message()));
    if (page->status != 200) {
      return absl::InternalError(absl::StrCat("sign-in failed: instead of the ", where,
                                              " came status ", page->status, " from ",
                                              WithoutQuery(page->url)));
    }
    out_ << "  the browser is at the " << where << ": " << WithoutQuery(page->url) << "\n";
    return page;
  }

  absl::Status UseToken(const std::string& access_token) {
    v1::IntrospectTokenRequest introspect;
    introspect.set_access_token(access_token);
    v1::IntrospectTokenResponse state;
    absl::Status done =
        Step("What is known of the token, without asking the provider", "IntrospectToken",
             &v1::TokenService::Stub::IntrospectToken, introspect, &state);
    if (!done.ok()) return done;
    v1::RefreshTokenRequest refresh;
    refresh.set_access_token(access_token);
    v1::RefreshTokenResponse refreshed;
    done = Step("The provider's token is renewed, and the access token lives on", "RefreshToken",
                &v1::TokenService::Stub::RefreshToken, refresh, &refreshed);
    if (!done.ok()) return done;
    return FetchProfiles(access_token);
  }

  absl::Status FetchProfiles(const std::string& access_token) {
    v1::GetRefreshedProfileRequest request;
    request.set_access_token(access_token);
    v1::GetRefreshedProfileResponse first;
    absl::Status done = Step("The user's profile as it is now", "GetRefreshedProfile",
                             &v1::TokenService::Stub::GetRefreshedProfile, request, &first);
    if (!done.ok()) return done;
    v1::GetRefreshedProfileResponse second;
    done =
        Step("And again: this provider changes it with every fetch, see displayName",
             "GetRefreshedProfile", &v1::TokenService::Stub::GetRefreshedProfile, request, &second);
    if (!done.ok()) return done;
    if (first.profile().display_name() == second.profile().display_name()) {
      return absl::InternalError(
          "GetRefreshedProfile gave an old profile: the second one equals the first");
    }
    return absl::OkStatus();
  }

  template <typename Request, typename Response>
  absl::Status Step(absl::string_view heading, absl::string_view name,
                    Method<Request, Response> method, const Request& request, Response* response) {
    Heading(heading);
    out_ << GrpcurlLine(target_, name, ToJson(request, /*pretty=*/false)) << "\n" << std::flush;
    grpc::ClientContext context;
    context.AddMetadata("authorization", target_.authorization);
    context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
    const grpc::Status status = (stub_.get()->*method)(&context, request, response);
    if (!status.ok()) return FailureOf(name, status);
    out_ << ToJson(*response, /*pretty=*/true) << std::flush;
    return absl::OkStatus();
  }

  void Heading(absl::string_view text) {
    out_ << "\n" << ++step_ << ". " << std::string(text) << "\n";
  }

  const DemoTarget& target_;
  std::ostream& out_;
  const std::unique_ptr<v1::TokenService::Stub> stub_;
  int step_ = 0;
};

}  // namespace

absl::Status RunDemoFlow(const DemoTarget& target, std::ostream* out) {
  return Flow(target, out).Run();
}

std::string GrpcurlLine(const DemoTarget& target, absl::string_view method,
                        absl::string_view request) {
  return absl::StrCat("grpcurl -plaintext -H 'authorization: ", target.authorization, "' -d '",
                      request, "' ", target.grpc_address, " evertoken.v1.TokenService/", method);
}

}  // namespace evertoken::demo
