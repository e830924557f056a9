#ifndef EVERTOKEN_SERVER_SERVER_DECORATORS_H_
#define EVERTOKEN_SERVER_SERVER_DECORATORS_H_

#include <functional>
#include <memory>

#include "server/http/http_client.h"
#include "server/store/due_queue.h"
#include "server/store/journal/result_journal.h"
#include "server/store/token_store.h"

namespace evertoken {

// Makes of a part what the server uses in its place.
template <typename Part>
using Decorator = std::function<std::unique_ptr<Part>(std::unique_ptr<Part>)>;

// What a test puts between the server and its surroundings; empty ones change nothing, and the shipped program has none. `journal` is
// called once, the others once an event loop.
struct ServerDecorators {
  Decorator<TokenStore> store;  // below the sealing
  Decorator<DueQueue> due;
  Decorator<HttpClient> http;
  Decorator<ResultJournal> journal;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_SERVER_DECORATORS_H_
