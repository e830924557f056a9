#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_ADMIN_SITE_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_ADMIN_SITE_H_

#include <string>

#include "absl/time/time.h"
#include "tests/hostile_provider/engine.h"
#include "tests/hostile_provider/provider_reply.h"
#include "tests/hostile_provider/provider_site.h"

namespace evertoken::hostile {

// The paths below /admin/, by which a test directs a provider and asks what happened to it. JSON in, JSON out; README.md shows
// each. What is wrong with a request is said in `error`, with status 400; 404 for what is not there, 429 when a bound is reached.
// Not thread-safe.
class AdminSite {
 public:
  // How far the provider's time has been moved on is added to *ahead. All must outlive the site.
  AdminSite(HostileProvider* engine, LoginRules* login_rules, absl::Duration* ahead);

  // `now` is the provider's time.
  ProviderReply Handle(const ProviderRequest& request, absl::Time now);

 private:
  HostileProvider* const engine_;
  LoginRules* const login_rules_;
  absl::Duration* const ahead_;
};

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_ADMIN_SITE_H_
