#ifndef EVERTOKEN_SERVER_STORE_SEALING_H_
#define EVERTOKEN_SERVER_STORE_SEALING_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/store/token_sealer.h"
#include "server/store/token_store.h"

// What the decorators that seal records have in common.
namespace evertoken {

// The place that a record is sealed to.
std::string GrantSealContext(const SlotKey& key, absl::string_view app, uint64_t version);
std::string TicketSealContext(const SlotKey& key, absl::string_view owner);
std::string EventSealContext(absl::string_view app);

// Replaces the record by its sealed form and wipes what it was.
void SealRecord(const TokenSealer& sealer, absl::string_view context, std::string* record);

// INTERNAL: a record, of a `kind` such as "grant", did not open.
absl::Status CannotOpenRecord(absl::string_view kind, const absl::Status& status);

// What the layers above may see of a store's status: a failure becomes STORE_UNAVAILABLE.
absl::Status TranslateStoreError(const absl::Status& status);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SEALING_H_
