#ifndef EVERTOKEN_SERVER_RPC_LOGIN_SERVICE_H_
#define EVERTOKEN_SERVER_RPC_LOGIN_SERVICE_H_

#include <memory>

namespace grpc {
class Service;
}  // namespace grpc

namespace evertoken {

struct RpcParts;

// evertoken.v1.LoginService. The parts must outlive the service.
std::unique_ptr<grpc::Service> MakeLoginService(const RpcParts& parts);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_LOGIN_SERVICE_H_
