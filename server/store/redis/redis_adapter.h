#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_ADAPTER_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_ADAPTER_H_

struct redisAsyncContext;

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace evertoken {

// Lets an Asio loop drive a hiredis context until hiredis frees it. The context is to be used on the loop's thread only.
void AttachToLoop(boost::asio::io_context& loop, redisAsyncContext* context);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_ADAPTER_H_
