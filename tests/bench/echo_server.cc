// A bare gRPC callback server on loopback; prints its port. Runs until it is ended.

#include <grpcpp/grpcpp.h>

#include <iostream>
#include <memory>
#include <string>

#include "tests/bench/echo.grpc.pb.h"

namespace evertoken::bench {
namespace {

class EchoServer final : public EchoService::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const EchoRequest* request,
                                 EchoResponse* response) override {
    response->mutable_payload()->assign(request->reply_bytes() & 0xffff, 'x');
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

int Run() {
  EchoServer service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::cout << port << std::endl;
  server->Wait();
  return 0;
}

}  // namespace
}  // namespace evertoken::bench

int main() { return evertoken::bench::Run(); }
