#ifndef EVERTOKEN_SERVER_PROVIDER_JSON_DOCUMENT_H_
#define EVERTOKEN_SERVER_PROVIDER_JSON_DOCUMENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/provider/form_encoding.h"

namespace evertoken {

class JsonTree;
struct JsonNode;

// A value inside a JsonDocument, or nothing. Cheap to copy; valid as long as the document.
class JsonRef {
 public:
  JsonRef() = default;

  bool exists() const { return node_ != nullptr; }  // JSON null exists
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;

  // What a JSON Pointer leads to from here; nothing when it leads nowhere.
  JsonRef At(absl::string_view pointer) const;

  // The same for a pointer that was parsed before, see ParseJsonPointer.
  JsonRef Follow(const std::vector<std::string>& tokens) const;

  // A scalar as text: strings as they are, true, false, and numbers in shortest form. nullopt for null, arrays, objects
  // and numbers that a double cannot hold.
  std::optional<std::string> Text() const;

  // The same without a copy: strings as views of the document; what else has a text is written to `scratch` and viewed there.
  std::optional<absl::string_view> TextView(std::string* scratch) const;

  // A number, or a string that is one as a whole. Always finite.
  std::optional<double> Number() const;

  // Only a JSON number.
  std::optional<double> StrictNumber() const;

  // The elements of an array; none of anything else.
  std::vector<JsonRef> Elements() const;

  // Back to JSON text.
  std::string Serialize() const;

 private:
  friend class JsonDocument;
  explicit JsonRef(const JsonNode* node) : node_(node) {}

  const JsonNode* node_ = nullptr;
};

// A JSON object of strings.
std::string SerializeObject(const std::map<std::string, std::string>& members);

// A parsed JSON text: at most 4 MiB, 32 levels deep, valid UTF-8. Immutable and thread-safe.
class JsonDocument {
 public:
  enum class Keys {
    kLastWins,  // a repeated key is read as its last value
    kUnique,    // a repeated key makes the text invalid: for what is signed or trusted
  };

  // Null for anything that is not one whole JSON value within the bounds.
  static std::shared_ptr<const JsonDocument> Parse(absl::string_view text,
                                                   Keys keys = Keys::kLastWins);

  // A form as an object of strings; a repeated name keeps its first value. Fields that are not UTF-8 are left out: no record
  // could keep them.
  static std::shared_ptr<const JsonDocument> FromForm(const FormFields& fields);

  // JSON as the only argument of one call of a JavaScript function, `name(...)` with a semicolon or not; or plain JSON. Null for
  // anything else: nothing of it is ever run.
  static std::shared_ptr<const JsonDocument> FromJsonp(absl::string_view text);

  // An image of at most 32 KiB, told by its first bytes (PNG, JPEG, GIF, WebP): an object whose `data_uri` holds it (RFC 2397). Null for
  // anything else.
  static std::shared_ptr<const JsonDocument> FromImage(absl::string_view bytes);

  // An object of texts, of which those that are JSON objects or arrays themselves are read as such.
  static std::shared_ptr<const JsonDocument> FromTexts(
      const std::map<std::string, std::string>& texts);

  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  JsonRef root() const;

 private:
  explicit JsonDocument(std::unique_ptr<const JsonTree> tree);

  const std::unique_ptr<const JsonTree> tree_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_JSON_DOCUMENT_H_
