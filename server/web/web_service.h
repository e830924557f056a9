#ifndef EVERTOKEN_SERVER_WEB_WEB_SERVICE_H_
#define EVERTOKEN_SERVER_WEB_WEB_SERVICE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/metrics.h"
#include "server/web/router.h"
#include "server/web/web_message.h"

namespace evertoken {

// What stands between connections and handlers: finds the handler, dresses its reply, and writes the one line and the one count
// that each request leaves. Thread-safe.
class WebService {
 public:
  // `metrics` and `clock` must outlive the service. `https`: browsers see this server through https.
  WebService(Router router, Metrics* metrics, const Clock* clock, bool https);

  absl::Time Now() const { return clock_->Now(); }

  // Has the request answered. Returns its label for Finish: method and pattern of the route, never the path or the query.
  std::string Handle(WebRequest request, WebResponder respond) const;

  // Adds the headers that every reply carries, then logs and counts the request. To be called once, before the reply is written.
  void Finish(absl::string_view label, const RequestContext& context, absl::Time began,
              WebResponse* response) const;

 private:
  const Router router_;
  Metrics* const metrics_;
  const Clock* const clock_;
  const bool https_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_WEB_SERVICE_H_
