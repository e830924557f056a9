#ifndef EVERTOKEN_SERVER_RPC_ARENA_MESSAGES_H_
#define EVERTOKEN_SERVER_RPC_ARENA_MESSAGES_H_

#include <google/protobuf/arena.h>

#include "grpcpp/support/message_allocator.h"

namespace evertoken {

// Request and response of one call on an arena of their own, which is part of the same piece of memory: for answers of many small
// parts, each of which would be allocated and freed on its own. Thread-safe.
template <typename Request, typename Response>
class ArenaMessages final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override { return new Messages(); }

 private:
  class Messages final : public grpc::MessageHolder<Request, Response> {
   public:
    Messages() : arena_(first_block_, sizeof(first_block_)) {
      this->set_request(google::protobuf::Arena::CreateMessage<Request>(&arena_));
      this->set_response(google::protobuf::Arena::CreateMessage<Response>(&arena_));
    }

    void Release() override { delete this; }

   private:
    alignas(8) char first_block_[3072];
    google::protobuf::Arena arena_;
  };
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_ARENA_MESSAGES_H_
