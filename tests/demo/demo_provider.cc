#include "tests/demo/demo_provider.h"

#include <openssl/sha.h>

#include <atomic>
#include <map>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/base/ids.h"
#include "tests/demo/authorization_flow.h"
#include "tests/demo/http_listener.h"
#include "tests/demo/provider_pages.h"
#include "tests/demo/signing_key.h"
#include "tests/demo/token_endpoint.h"

namespace evertoken::demo {
namespace {

constexpr char kScope[] = "openid profile email offline_access";
constexpr absl::Duration kIdTokenLife = absl::Hours(1);

const Clock* SystemClockIfNull(const Clock* clock) {
  static const SystemClock system_clock;
  return clock == nullptr ? &system_clock : clock;
}

// Made when the first provider starts; making one takes long enough to be felt in tests that start
// many.
const SigningKey& Key() {
  static const auto& key = *new SigningKey("demo");
  return key;
}

std::string DiscoveryDocument(absl::string_view issuer) {
  return absl::StrCat(
      R"({"issuer":")", issuer, R"(","authorization_endpoint":")", issuer,
      R"(/authorize","token_endpoint":")", issuer, R"(/token","userinfo_endpoint":")", issuer,
      R"(/userinfo","jwks_uri":")", issuer, R"(/jwks","revocation_endpoint":")", issuer,
      R"(/revoke","response_types_supported":["code"],"response_modes_supported":["query"],)"
      R"("grant_types_supported":["authorization_code","refresh_token"],"subject_types_supported":["public"],)"
      R"("id_token_signing_alg_values_supported":["RS256"],"code_challenge_methods_supported":["S256"],)"
      R"("scopes_supported":["openid","profile","email","offline_access"],)"
      R"("token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],)"
      R"("authorization_response_iss_parameter_supported":true})");
}

Reply Json(std::string body) {
  Reply reply;
  reply.body = std::move(body);
  return reply;
}

}  // namespace

class DemoProvider::Impl {
 public:
  Impl(const DemoProviderOptions& options, std::unique_ptr<HttpListener> listener)
      : client_id_(options.client_id),
        client_secret_(options.client_secret.empty() ? RandomToken(32) : options.client_secret),
        port_(listener->port()),
        issuer_(absl::StrCat("http://127.0.0.1:", port_)),
        clock_(SystemClockIfNull(options.clock)),
        book_({options.access_token_ttl, options.rotate}, clock_),
        flow_(issuer_, client_id_, &book_, clock_),
        tokens_(client_id_, client_secret_, &book_,
                [this](const std::string& user, const std::string& nonce) {
                  return IssueIdToken(user, nonce);
                }),
        listener_(std::move(listener)) {
    SetTokenDelay(options.token_delay);
    Key();
    listener_->Serve([this](const Request& request) { return Answer(request); });
  }

  int port() const { return port_; }
  const std::string& issuer() const { return issuer_; }
  const std::string& client_id() const { return client_id_; }
  const std::string& client_secret() const { return client_secret_; }
  GrantBook& book() { return book_; }
  AuthorizationFlow& flow() { return flow_; }
  const TokenEndpoint& tokens() const { return tokens_; }
  int64_t userinfo_calls() const { return userinfo_calls_.load(std::memory_order_relaxed); }

  void SetTokenDelay(absl::Duration delay) {
    token_delay_.store(absl::ToInt64Nanoseconds(delay), std::memory_order_relaxed);
  }

  void AddPage(const std::string& path, std::function<Reply(const Form&)> page) {
    absl::MutexLock lock(&mutex_);
    pages_[path] = std::move(page);
  }

  std::string IssueIdToken(const std::string& user, const std::string& nonce) const {
    const int64_t now = absl::ToUnixSeconds(clock_->Now());
    std::string claims = absl::StrCat("{\"iss\":\"", issuer_, "\",\"sub\":\"", SubjectOf(user),
                                      "\",\"aud\":", JsonString(client_id_), ",\"iat\":", now,
                                      ",\"exp\":", now + absl::ToInt64Seconds(kIdTokenLife));
    if (!nonce.empty()) absl::StrAppend(&claims, ",\"nonce\":", JsonString(nonce));
    claims.push_back('}');
    return Key().Sign(claims);
  }

 private:
  Reply Answer(const Request& request) {
    const std::string& path = request.path;
    if (request.method == "POST") {
      if (path == "/token") return Delayed(tokens_.Token(request));
      if (path == "/revoke") return tokens_.Revoke(request);
      if (path == "/login") return flow_.Login(request);
      if (path == "/consent") return flow_.Consent(request);
      if (path == "/userinfo") return UserInfo(request);
    }
    if (request.method == "GET") {
      if (path == "/userinfo") return UserInfo(request);
      if (path == "/authorize") return flow_.Authorize(request);
      if (path == "/jwks") return Json(Key().PublicKeySet());
      if (path == "/.well-known/openid-configuration") return Json(DiscoveryDocument(issuer_));
      return Page(request);
    }
    return HtmlPage(404, "Nothing here", "<p>The demo provider has no such page.</p>");
  }

  Reply Delayed(Reply reply) const {
    reply.delay = absl::Nanoseconds(token_delay_.load(std::memory_order_relaxed));
    return reply;
  }

  Reply UserInfo(const Request& request) {
    const int64_t visit = userinfo_calls_.fetch_add(1, std::memory_order_relaxed) + 1;
    std::optional<std::string> user;
    if (absl::StartsWithIgnoreCase(request.authorization, "Bearer "))
      user = book_.UserOf(request.authorization.substr(7));
    if (user.has_value()) return Json(ProfileOf(*user, visit));
    Reply reply = Json(R"({"error":"invalid_token"})");
    reply.status = 401;
    reply.headers = {{"WWW-Authenticate", R"(Bearer error="invalid_token")"}};
    return reply;
  }

  // `visit` stands in it, so that two fetches can be told apart.
  std::string ProfileOf(const std::string& user, int64_t visit) const {
    const std::string subject = SubjectOf(user);
    return absl::StrCat(
        "{\"sub\":\"", subject,
        "\",\"name\":", JsonString(absl::StrCat(user, " Example (profile version ", visit, ")")),
        ",\"preferred_username\":", JsonString(user), ",\"given_name\":", JsonString(user),
        ",\"family_name\":\"Example\",\"email\":\"", subject,
        "@example.com\",\"email_verified\":true,\"picture\":\"https://example.com/pictures/",
        subject, ".png\",\"locale\":\"en-GB\",\"updated_at\":", absl::ToUnixSeconds(clock_->Now()),
        "}");
  }

  Reply Page(const Request& request) {
    absl::MutexLock lock(&mutex_);
    const auto found = pages_.find(request.path);
    if (found != pages_.end()) return found->second(request.query);
    return HtmlPage(404, "Nothing here", "<p>The demo provider has no such page.</p>");
  }

  const std::string client_id_;
  const std::string client_secret_;
  const int port_;
  const std::string issuer_;
  const Clock* const clock_;
  GrantBook book_;
  AuthorizationFlow flow_;
  TokenEndpoint tokens_;
  std::atomic<int64_t> token_delay_{0};
  std::atomic<int64_t> userinfo_calls_{0};
  absl::Mutex mutex_;
  std::map<std::string, std::function<Reply(const Form&)>> pages_ ABSL_GUARDED_BY(mutex_);
  // Last, so that its thread is gone before what it uses.
  const std::unique_ptr<HttpListener> listener_;
};

absl::StatusOr<std::unique_ptr<DemoProvider>> DemoProvider::Start(
    const DemoProviderOptions& options) {
  absl::StatusOr<std::unique_ptr<HttpListener>> listener = HttpListener::Open(options.port);
  if (!listener.ok()) return listener.status();
  auto impl = std::make_unique<Impl>(options, *std::move(listener));
  return std::unique_ptr<DemoProvider>(new DemoProvider(std::move(impl)));
}

DemoProvider::DemoProvider(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DemoProvider::~DemoProvider() = default;

int DemoProvider::port() const { return impl_->port(); }
const std::string& DemoProvider::issuer() const { return impl_->issuer(); }
const std::string& DemoProvider::client_id() const { return impl_->client_id(); }
const std::string& DemoProvider::client_secret() const { return impl_->client_secret(); }

void DemoProvider::AllowRedirectUri(const std::string& uri) { impl_->flow().AllowRedirectUri(uri); }

void DemoProvider::AddPage(const std::string& path, const std::string& title,
                           std::function<std::string(const Form&)> page) {
  impl_->AddPage(path, [title, page = std::move(page)](const Form& query) {
    return HtmlPage(200, title, page(query));
  });
}

IssuedTokens DemoProvider::IssueTokens(const std::string& user) {
  return impl_->book().Issue(user, kScope);
}

std::string DemoProvider::IssueIdToken(const std::string& user, const std::string& nonce) const {
  return impl_->IssueIdToken(user, nonce);
}

std::string DemoProvider::SubjectOf(absl::string_view user) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(user.data()), user.size(), digest);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), 8));
}

void DemoProvider::RevokeUser(const std::string& user) { impl_->book().RevokeUser(user); }
void DemoProvider::SetTokenDelay(absl::Duration delay) { impl_->SetTokenDelay(delay); }

int64_t DemoProvider::token_calls(absl::string_view grant_type) const {
  return impl_->tokens().calls(grant_type);
}
int64_t DemoProvider::userinfo_calls() const { return impl_->userinfo_calls(); }
int64_t DemoProvider::revocation_calls() const { return impl_->tokens().revocation_calls(); }
int DemoProvider::Presentations(const std::string& refresh_token) const {
  return impl_->book().Presentations(refresh_token);
}

}  // namespace evertoken::demo
