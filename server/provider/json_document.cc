#include "server/provider/json_document.h"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/visit.hpp>
#include <cmath>
#include <exception>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/config/utf8.h"
#include "server/provider/json_pointer.h"

namespace evertoken {
namespace {

namespace json = boost::json;

constexpr size_t kMostBytes = 4 << 20;
constexpr size_t kMostDepth = 32;

const json::value* ValueOf(const void* value) { return static_cast<const json::value*>(value); }

absl::string_view View(const json::string& text) {
  return absl::string_view(text.data(), text.size());
}

const json::value* Step(const json::value& from, const std::string& token) {
  if (const json::object* object = from.if_object()) return object->if_contains(token);
  const json::array* array = from.if_array();
  // RFC 6901 section 4: no leading zeros; `-` is behind the end.
  if (array == nullptr || token.size() > 9 || (token.size() > 1 && token[0] == '0')) return nullptr;
  uint32_t index = 0;
  if (token.empty() || token.find_first_not_of("0123456789") != std::string::npos) return nullptr;
  if (!absl::SimpleAtoi(token, &index)) return nullptr;
  return array->if_contains(index);
}

std::string TextOfDouble(double number) {
  constexpr double kWhole = 9007199254740992.0;  // 2^53: below it whole numbers are exact
  if (std::floor(number) == number && std::fabs(number) < kWhole)
    return absl::StrFormat("%.0f", number);
  return absl::StrFormat("%.17g", number);
}

// How many members all objects in the tree have together.
size_t CountMembers(const json::value& value) {
  size_t count = 0;
  if (const json::object* object = value.if_object()) {
    count += object->size();
    for (const auto& member : *object) count += CountMembers(member.value());
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) count += CountMembers(element);
  }
  return count;
}

// How many members a valid JSON text writes: one for each colon outside strings.
size_t CountWrittenMembers(absl::string_view text) {
  size_t count = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && text[i] == ':') {
      ++count;
    }
  }
  return count;
}

bool IsUtf8(absl::string_view text) { return FirstInvalidUtf8(text) == absl::string_view::npos; }

}  // namespace

bool JsonRef::is_object() const { return exists() && ValueOf(value_)->is_object(); }
bool JsonRef::is_array() const { return exists() && ValueOf(value_)->is_array(); }
bool JsonRef::is_string() const { return exists() && ValueOf(value_)->is_string(); }

JsonRef JsonRef::At(absl::string_view pointer) const {
  const std::optional<std::vector<std::string>> tokens = ParseJsonPointer(pointer);
  return tokens.has_value() ? Follow(*tokens) : JsonRef();
}

JsonRef JsonRef::Follow(const std::vector<std::string>& tokens) const {
  const json::value* value = ValueOf(value_);
  for (const std::string& token : tokens) {
    if (value == nullptr) break;
    value = Step(*value, token);
  }
  return JsonRef(value);
}

std::optional<std::string> JsonRef::Text() const {
  if (!exists()) return std::nullopt;
  const json::value& value = *ValueOf(value_);
  switch (value.kind()) {
    case json::kind::string:
      return std::string(View(value.get_string()));
    case json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    case json::kind::int64:
      return absl::StrCat(value.get_int64());
    case json::kind::uint64:
      return absl::StrCat(value.get_uint64());
    case json::kind::double_:
      return TextOfDouble(value.get_double());
    default:
      return std::nullopt;
  }
}

std::optional<double> JsonRef::StrictNumber() const {
  if (!exists()) return std::nullopt;
  const json::value& value = *ValueOf(value_);
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (value.is_double() && std::isfinite(value.get_double())) return value.get_double();
  return std::nullopt;
}

std::optional<double> JsonRef::Number() const {
  if (!is_string()) return StrictNumber();
  double number = 0;
  if (!absl::SimpleAtod(View(ValueOf(value_)->get_string()), &number) || !std::isfinite(number))
    return std::nullopt;
  return number;
}

std::vector<JsonRef> JsonRef::Elements() const {
  std::vector<JsonRef> elements;
  if (!is_array()) return elements;
  for (const json::value& element : ValueOf(value_)->get_array())
    elements.push_back(JsonRef(&element));
  return elements;
}

std::string JsonRef::Serialize() const {
  return exists() ? json::serialize(*ValueOf(value_)) : std::string();
}

std::string SerializeObject(const std::map<std::string, std::string>& members) {
  json::object object;
  for (const auto& [name, value] : members) object.emplace(name, value);
  return json::serialize(object);
}

class JsonDocument::Rep {
 public:
  // The tree of a text of this many bytes.
  explicit Rep(size_t bytes) : memory_(bytes + kLeastMemory) {}

  json::storage_ptr memory() { return &memory_; }
  void set_root(json::value root) { root_ = std::move(root); }
  const json::value& root() const { return root_; }

 private:
  static constexpr size_t kLeastMemory = 512;

  // One piece for the whole tree, because a document is read once and thrown away as a whole.
  json::monotonic_resource memory_;
  json::value root_ = json::value(json::storage_ptr(&memory_));
};

JsonDocument::JsonDocument(std::unique_ptr<const Rep> rep) : rep_(std::move(rep)) {}
JsonDocument::~JsonDocument() = default;

JsonRef JsonDocument::root() const { return JsonRef(&rep_->root()); }

std::shared_ptr<const JsonDocument> JsonDocument::Parse(absl::string_view text, Keys keys) {
  if (text.size() > kMostBytes) return nullptr;
  auto rep = std::make_unique<Rep>(text.size());
  json::parse_options options;
  options.max_depth = kMostDepth;
  try {
    json::error_code error;
    rep->set_root(
        json::parse(json::string_view(text.data(), text.size()), error, rep->memory(), options));
    if (error) return nullptr;
  } catch (const std::exception&) {
    return nullptr;
  }
  if (keys == Keys::kUnique && CountWrittenMembers(text) != CountMembers(rep->root()))
    return nullptr;
  return std::shared_ptr<const JsonDocument>(new JsonDocument(std::move(rep)));
}

std::shared_ptr<const JsonDocument> JsonDocument::FromForm(const FormFields& fields) {
  auto rep = std::make_unique<Rep>(0);
  json::object object(rep->memory());
  for (const auto& [name, value] : fields) {
    if (IsUtf8(name) && IsUtf8(value)) object.emplace(name, value);
  }
  rep->set_root(std::move(object));
  return std::shared_ptr<const JsonDocument>(new JsonDocument(std::move(rep)));
}

std::shared_ptr<const JsonDocument> JsonDocument::FromTexts(
    const std::map<std::string, std::string>& texts) {
  auto rep = std::make_unique<Rep>(0);
  json::object object(rep->memory());
  for (const auto& [name, text] : texts) {
    if (!IsUtf8(name) || !IsUtf8(text)) continue;
    const std::shared_ptr<const JsonDocument> inner =
        text.size() > 1 && (text[0] == '{' || text[0] == '[') ? Parse(text) : nullptr;
    if (inner == nullptr) {
      object.emplace(name, text);
    } else {
      object.emplace(name, inner->rep_->root());
    }
  }
  rep->set_root(std::move(object));
  return std::shared_ptr<const JsonDocument>(new JsonDocument(std::move(rep)));
}

}  // namespace evertoken
