#include "server/login_trial.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "server/base/clock.h"
#include "server/base/event_loop.h"
#include "server/base/ids.h"
#include "server/base/proto_time.h"
#include "server/config/config_sources.h"
#include "server/http/curl_http_client.h"
#include "server/http/egress_policy.h"
#include "server/provider/form_encoding.h"
#include "server/provider/provider_api.h"
#include "server/version.h"

namespace evertoken {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;
using storage::v1::ProviderTokens;

template <typename T>
Task<void> Collect(Task<T> task, std::optional<T>* result, absl::Notification* done) {
  T value = co_await std::move(task);
  result->emplace(std::move(value));
  done->Notify();
}

std::string Shown(const std::string& token) {
  if (token.empty()) return "none";
  return absl::StrCat(token.substr(0, 4), "… (", token.size(), " characters)");
}

std::string TypeOf(const Value& value) {
  switch (value.kind_case()) {
    case Value::kStringValue:
      return absl::StrCat("text of ", value.string_value().size());
    case Value::kNumberValue:
      return "number";
    case Value::kBoolValue:
      return "true or false";
    case Value::kStructValue:
      return "object";
    case Value::kListValue:
      return absl::StrCat("list of ", value.list_value().values_size());
    default:
      return "null";
  }
}

void PrintShape(const Struct& object, const std::string& path, std::ostream* out) {
  const std::map<std::string, Value> sorted(object.fields().begin(), object.fields().end());
  for (const auto& [name, value] : sorted) {
    const std::string pointer = absl::StrCat(path, "/", name);
    *out << "  " << pointer << ": " << TypeOf(value) << "\n";
    if (value.has_struct_value()) PrintShape(value.struct_value(), pointer, out);
  }
}

class Trial {
 public:
  Trial(const LoginTrial& trial, ProviderBinding binding, std::ostream* out)
      : trial_(trial),
        binding_(std::move(binding)),
        out_(*out),
        egress_(trial.files.allow_insecure_loopback) {
    CurlOptions options;
    options.user_agent = absl::StrCat("evertoken/", kVersion);
    http_ = std::make_unique<CurlHttpClient>(&loop_, &egress_, options);
    api_ = std::make_unique<ProviderApi>(http_.get(), &clock_, &egress_, absl::Seconds(30));
  }

  // What lives on the loop dies after it has stopped.
  ~Trial() { loop_.Stop(); }

  absl::Status Run() {
    const absl::Status signed_in = SignIn();
    if (!signed_in.ok()) return signed_in;
    PrintTokens();
    absl::Status status = CheckIdToken();
    status.Update(FetchProfile());
    status.Update(Renew());
    if (trial_.revoke) status.Update(Revoke());
    return status;
  }

 private:
  template <typename T>
  T Await(Task<T> task) {
    std::optional<T> result;
    absl::Notification done;
    Spawn(&loop_, Collect(std::move(task), &result, &done));
    done.WaitForNotification();
    return *std::move(result);
  }

  absl::Status Told(const std::string& step, const absl::Status& status) {
    out_ << step << ": " << (status.ok() ? "done" : std::string(status.message())) << "\n";
    return status;
  }

  absl::Status SignIn() {
    AuthorizationRequest request;
    request.redirect_uri = trial_.redirect_uri;
    request.state = RandomToken(16);
    request.scopes.assign(trial_.client.scopes().begin(), trial_.client.scopes().end());
    const auto redirect = Await(api_->StartAuthorization(binding_, request));
    if (!redirect.ok()) return Told("authorization", redirect.status());
    nonce_ = redirect->nonce;
    out_ << "Sign in at\n\n  " << redirect->url << "\n" << std::endl;
    const absl::StatusOr<std::string> query = trial_.callback();
    if (!query.ok()) return Told("callback", query.status());
    const std::optional<FormFields> fields = DecodeForm(*query);
    if (!fields.has_value())
      return Told("callback", absl::InvalidArgumentError("its parameters cannot be read"));
    std::map<std::string, std::string> callback(fields->begin(), fields->end());
    if (callback["state"] != request.state)
      return Told("callback", absl::InvalidArgumentError("it carries another `state`"));
    if (callback["code"].empty())
      return Told("callback", absl::InvalidArgumentError("no code came: the login was refused"));
    return Redeem(*redirect, std::move(callback));
  }

  absl::Status Redeem(const AuthorizationRedirect& redirect,
                      std::map<std::string, std::string> callback) {
    CodeRedemption redemption;
    redemption.code = Secret(callback["code"]);
    redemption.redirect_uri = trial_.redirect_uri;
    redemption.code_verifier = redirect.code_verifier;
    redemption.requested_scopes = redirect.scopes;
    for (const std::string& name : binding_.entry->authorization().keep_from_callback()) {
      if (callback.count(name) > 0) redemption.callback[name] = callback[name];
    }
    absl::StatusOr<ProviderTokens> tokens = Await(api_->RedeemCode(binding_, redemption));
    if (tokens.ok()) tokens_ = *std::move(tokens);
    return Told("code", tokens.status());
  }

  void PrintTokens() {
    out_ << "  access token " << Shown(tokens_.access_token()) << "\n  refresh token "
         << Shown(tokens_.refresh_token()) << "\n  ID token " << Shown(tokens_.id_token()) << "\n";
    if (tokens_.has_access_expire_time()) {
      const absl::Duration left = FromTimestamp(tokens_.access_expire_time()) - clock_.Now();
      out_ << "  expires in " << absl::FormatDuration(absl::Trunc(left, absl::Seconds(1))) << "\n";
    }
    for (const std::string& scope : tokens_.scopes()) out_ << "  scope " << scope << "\n";
  }

  absl::Status CheckIdToken() {
    if (tokens_.id_token().empty() || binding_.entry->issuer().empty()) return absl::OkStatus();
    Secret id_token(tokens_.id_token());
    const auto claims = Await(api_->VerifyIdToken(binding_, id_token, nonce_));
    if (claims.ok()) claims_ = claims->json;
    return Told("ID token", claims.status());
  }

  absl::Status FetchProfile() {
    const ProfileResult result = Await(api_->FetchProfile(binding_, tokens_, claims_));
    (void)Told("profile", result.status);
    for (const auto& [call, json] : result.raw) {
      Struct object;
      if (!google::protobuf::util::JsonStringToMessage(json, &object).ok()) continue;
      out_ << "  " << call << "\n";
      PrintShape(object, "", &out_);
    }
    v1::Profile profile = result.profile;
    profile.clear_fields();
    std::string json;
    if (result.status.ok() && google::protobuf::util::MessageToJsonString(profile, &json).ok())
      out_ << "  normalized: " << json << "\n";
    return result.status;
  }

  absl::Status Renew() {
    const auto kind = binding_.entry->renewal().kind();
    const bool can = kind == config::v1::Provider::Renewal::KIND_EXCHANGE_ACCESS_TOKEN ||
                     (kind == config::v1::Provider::Renewal::KIND_REFRESH_TOKEN_GRANT &&
                      !tokens_.refresh_token().empty());
    if (!can) {
      out_ << "renewal: there is nothing to renew with\n";
      return absl::OkStatus();
    }
    RenewalResult result = Await(api_->Renew(binding_, tokens_, absl::InfiniteFuture()));
    if (result.tokens.ok()) {
      const bool rotated = result.tokens->refresh_token() != tokens_.refresh_token();
      tokens_ = *std::move(result.tokens);
      (void)Told(rotated ? "renewal, with another refresh token" : "renewal", absl::OkStatus());
      PrintTokens();
      return absl::OkStatus();
    }
    return Told("renewal", result.tokens.status());
  }

  absl::Status Revoke() {
    const absl::StatusOr<bool> revoked = Await(api_->Revoke(binding_, tokens_));
    if (revoked.ok() && !*revoked) {
      out_ << "revocation: the entry has no way to\n";
      return absl::OkStatus();
    }
    return Told("revocation", revoked.status());
  }

  const LoginTrial& trial_;
  const ProviderBinding binding_;
  std::ostream& out_;
  const SystemClock clock_;
  EgressPolicy egress_;
  EventLoop loop_{"trial"};
  std::unique_ptr<CurlHttpClient> http_;
  std::unique_ptr<ProviderApi> api_;
  Secret nonce_;
  ProviderTokens tokens_;
  std::string claims_;
};

}  // namespace

absl::Status TryLogin(const LoginTrial& trial, std::ostream* out) {
  const LoadedCatalog loaded = trial.files.Read();
  if (!loaded.problems.empty()) return ProblemsToStatus(loaded.problems);
  const config::v1::Provider* entry = loaded.catalog->Find(trial.provider);
  if (entry == nullptr) return absl::NotFoundError("no such entry");
  ProviderBinding binding;
  binding.provider = trial.provider;
  binding.entry = std::shared_ptr<const config::v1::Provider>(loaded.catalog, entry);
  binding.client = &trial.client;
  return Trial(trial, std::move(binding), out).Run();
}

}  // namespace evertoken
