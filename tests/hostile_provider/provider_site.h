#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_PROVIDER_SITE_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_PROVIDER_SITE_H_

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/demo/form.h"
#include "tests/hostile_provider/engine.h"
#include "tests/hostile_provider/family_policy.h"
#include "tests/hostile_provider/provider_reply.h"

namespace evertoken::hostile {

struct ProviderRequest {
  std::string method;
  std::string path;
  demo::Form query;
  std::string authorization;  // header
  std::string body;
};

// A request on its way: `finish` is to be called once, `delay` after the request came, with the time then.
struct Passage {
  absl::Duration delay;
  absl::AnyInvocable<ProviderReply(absl::Time now)> finish;
};

// What signs in whoever asks: there are no pages, consent is given at once.
struct LoginRules {
  FamilyPolicy policy;  // of the families that logins bring
  std::string error;    // OAuth error code that logins end with; empty: a code
};

// The endpoints of an OpenID provider on top of a HostileProvider: /.well-known/openid-configuration, /jwks, /authorize,
// /token, /userinfo and /revoke. The client proves itself by client_secret_basic or client_secret_post. Any http(s) redirect
// URI is accepted. Like the engine: no sockets, no clock, not thread-safe.
class ProviderSite {
 public:
  // `engine` must outlive the site.
  ProviderSite(HostileProvider* engine, std::string client_secret);

  Passage Handle(const ProviderRequest& request, absl::Time now);

  LoginRules& login_rules() { return login_rules_; }

 private:
  ProviderReply Authorize(const demo::Form& query, absl::Time now);
  Passage Token(const ProviderRequest& request);
  Passage Revoke(const ProviderRequest& request);
  Passage UserInfo(const ProviderRequest& request);
  bool IsClient(const ProviderRequest& request, const demo::Form& form) const;
  std::string DiscoveryDocument() const;

  HostileProvider* const engine_;
  const std::string client_secret_;
  LoginRules login_rules_;
};

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_PROVIDER_SITE_H_
