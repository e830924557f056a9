#include "server/cases/keeping.h"

#include "server/base/proto_time.h"
#include "server/broker/agenda.h"
#include "server/broker/renewal_rules.h"

namespace evertoken {

Keeping KeepingOf(const config::v1::Provider& entry, const config::v1::ProviderClient& client,
                  const storage::v1::ProviderTokens& tokens, absl::Time now) {
  config::v1::App app;
  app.set_keep_alive(config::v1::App::KEEP_ALIVE_MODE_PROACTIVE);
  storage::v1::Grant grant;
  grant.set_grant_id("case");
  grant.set_claimed(true);
  *grant.mutable_login_time() = tokens.obtain_time();
  ApplyTokens(app, entry, tokens, FromTimestamp(tokens.obtain_time()), &grant);
  Keeping keeping;
  keeping.renewal = NextRenewal(app, entry, grant, /*attempt_open=*/false, now);
  keeping.look = NextLook(entry, grant, now);
  keeping.refusal_ends = RefusalProvesTheEnd(entry);
  keeping.limits = LimitsOf(entry, client);
  return keeping;
}

}  // namespace evertoken
