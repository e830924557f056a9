#ifndef EVERTOKEN_SERVER_WEB_STATUS_HANDLERS_H_
#define EVERTOKEN_SERVER_WEB_STATUS_HANDLERS_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/base/metrics.h"
#include "server/web/web_message.h"

namespace evertoken {

// `/healthz`: 200 as long as the process answers.
WebHandler MakeHealthHandler();

// `/readyz`: 200 and {"ready":true}, or 503 and {"ready":false}.
WebHandler MakeReadyHandler(std::function<bool()> ready);

// `/metrics`: the Prometheus text format 0.0.4. `metrics` must outlive the handler.
WebHandler MakeMetricsHandler(const Metrics* metrics);

// A file that lives in this program. `content` must be a literal.
WebHandler MakeAssetHandler(absl::string_view content_type, absl::string_view content);

// `/favicon.ico`, which browsers ask for unasked: 204.
WebHandler MakeNoContentHandler();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_STATUS_HANDLERS_H_
