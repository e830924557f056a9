#ifndef EVERTOKEN_TESTS_PROCESSES_FAILING_PARTS_H_
#define EVERTOKEN_TESTS_PROCESSES_FAILING_PARTS_H_

#include "server/server_decorators.h"
#include "tests/processes/failpoints.h"

namespace evertoken {

// The server's parts with failpoints: the operations of TokenStore that a renewal is made of, `Append` and `Remove` of the journal,
// and `Present`, which is a request that presents a refresh token. It renews nothing without a caller. `failpoints` must outlive the
// server.
ServerDecorators WithFailpoints(Failpoints* failpoints);

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_PROCESSES_FAILING_PARTS_H_
