#ifndef EVERTOKEN_SERVER_CONFIG_REDIS_RULES_H_
#define EVERTOKEN_SERVER_CONFIG_REDIS_RULES_H_

#include "evertoken/config/v1/server_config.pb.h"
#include "server/config/rule_reporter.h"

namespace evertoken {

// The rules for `store.redis`, once defaults are filled in.
void CheckRedis(const config::v1::Store::Redis& redis, RuleReporter* reporter);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_REDIS_RULES_H_
