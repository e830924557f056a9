#include "server/store/sealing.h"

#include <initializer_list>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/error.h"
#include "server/base/secret.h"

namespace evertoken {
namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(1);

// Each part is preceded by its length, so that no two lists of parts give the same context.
std::string Context(std::initializer_list<absl::string_view> parts) {
  std::string context;
  for (absl::string_view part : parts) absl::StrAppend(&context, part.size(), ":", part);
  return context;
}

}  // namespace

std::string GrantSealContext(const SlotKey& key, absl::string_view app, uint64_t version) {
  return Context({"grant", key.value, app, absl::StrCat(version)});
}

std::string TicketSealContext(const SlotKey& key, absl::string_view owner) {
  return Context({"ticket", key.value, owner});
}

std::string EventSealContext(absl::string_view app) { return Context({"event", app}); }

void SealRecord(const TokenSealer& sealer, absl::string_view context, std::string* record) {
  std::string sealed = sealer.Seal(*record, context);
  WipeString(record);
  *record = std::move(sealed);
}

absl::Status CannotOpenRecord(absl::string_view kind, const absl::Status& status) {
  const absl::string_view advice = status.code() == absl::StatusCode::kFailedPrecondition
                                       ? "; put the key back into the key ring, the record is kept"
                                       : "; the record is kept as it is";
  return MakeError(
      v1::ERROR_REASON_INTERNAL,
      absl::StrCat("A stored ", kind, " cannot be opened: ", status.message(), advice, "."));
}

absl::Status TranslateStoreError(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return status;
    default:
      return WithRetryAfter(
          MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE,
                    absl::StrCat("The store cannot be used now, nothing was lost; try again. (",
                                 status.message(), ")")),
          kRetryAfter);
  }
}

}  // namespace evertoken
