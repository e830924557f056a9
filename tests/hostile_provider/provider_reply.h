#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_PROVIDER_REPLY_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_PROVIDER_REPLY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace evertoken::hostile {

// How much of a reply reaches the client before the connection ends.
enum class Delivery { kWhole, kHalfOfBody, kNothing };

// What the provider answers, and how it travels.
struct ProviderReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  Delivery delivery = Delivery::kWhole;
  absl::Duration delay;  // to pass before it leaves
};

// A JSON body with its Content-Type, not to be cached.
inline ProviderReply JsonProviderReply(int status, std::string body) {
  ProviderReply reply;
  reply.status = status;
  reply.headers = {{"content-type", "application/json"}, {"cache-control", "no-store"}};
  reply.body = std::move(body);
  return reply;
}

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_PROVIDER_REPLY_H_
