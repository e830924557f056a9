#ifndef EVERTOKEN_TESTS_INTEGRATION_SERVER_HEALTH_CLIENT_H_
#define EVERTOKEN_TESTS_INTEGRATION_SERVER_HEALTH_CLIENT_H_

#include <string>

namespace evertoken {

// What grpc.health.v1.Health/Check of the server on a port of loopback answers for `service` ("": the whole server): "SERVING",
// "NOT_SERVING", another number as text, or the error.
std::string CheckHealth(int port, const std::string& service = "");

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_INTEGRATION_SERVER_HEALTH_CLIENT_H_
