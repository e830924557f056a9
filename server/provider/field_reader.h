#ifndef EVERTOKEN_SERVER_PROVIDER_FIELD_READER_H_
#define EVERTOKEN_SERVER_PROVIDER_FIELD_READER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "server/provider/json_document.h"

namespace evertoken {

// The documents that a profile is made from.
struct ProfileDocuments {
  std::string main;  // name of the first call
  // By call name, `id_token` for the claims of the ID token. Calls that brought nothing are missing.
  std::map<std::string, std::shared_ptr<const JsonDocument>> by_source;
};

// A field's value and where it came from.
struct FieldValue {
  std::string text;
  std::string source;
};

// Turns what a candidate leads to into text; nullopt: no value.
using ReadValue = absl::FunctionRef<std::optional<std::string>(JsonRef value)>;

// The first candidate of `mapping` that gives a non-empty text.
std::optional<FieldValue> ReadField(const config::v1::Provider::FieldMapping& mapping,
                                    const ProfileDocuments& documents, ReadValue read);

// Text for people: a scalar, trimmed, control characters as spaces, 1 to 2048 bytes.
std::optional<std::string> ReadPlainText(JsonRef value);

// An http or https URL of at most 2048 bytes.
std::optional<std::string> ReadUrl(JsonRef value);

// "true" for true, "true", "1" and 1; "false" for their opposites.
std::optional<std::string> ReadBoolean(JsonRef value);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_FIELD_READER_H_
