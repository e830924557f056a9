#ifndef EVERTOKEN_TESTS_DEMO_DEMO_FLOW_H_
#define EVERTOKEN_TESTS_DEMO_DEMO_FLOW_H_

#include <iosfwd>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace evertoken::demo {

// Where the parts of the demo are.
struct DemoTarget {
  std::string web_address;       // of the server, for browsers: http://localhost:8080
  std::string grpc_address;      // of the server: localhost:8443
  std::string authorization;     // the app's `Basic …`
  std::string app_redirect_uri;  // of the app `demo`
};

// Drives the whole flow once, as a user, a browser and a service would: sign in, exchange,
// introspect, refresh, fetch the profile twice. Tells each step on `out`: a heading, the answer as
// JSON, and the command that repeats it. The status is that of the first step that failed; its
// message says which one.
absl::Status RunDemoFlow(const DemoTarget& target, std::ostream* out);

// The grpcurl command for a method of evertoken.v1.TokenService; `request` is JSON.
std::string GrpcurlLine(const DemoTarget& target, absl::string_view method,
                        absl::string_view request);

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_DEMO_FLOW_H_
