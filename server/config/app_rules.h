#ifndef EVERTOKEN_SERVER_CONFIG_APP_RULES_H_
#define EVERTOKEN_SERVER_CONFIG_APP_RULES_H_

#include "evertoken/config/v1/server_config.pb.h"
#include "server/config/rule_reporter.h"

namespace evertoken {

// The rules for `apps`: keys, secret hashes, redirect URIs, OAuth clients, lifetimes.
void CheckApps(const config::v1::ServerConfig& config, RuleReporter* reporter);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_APP_RULES_H_
