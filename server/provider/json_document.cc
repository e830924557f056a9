#include "server/provider/json_document.h"

#include <cmath>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/config/utf8.h"
#include "server/provider/json_pointer.h"
#include "server/provider/json_reader.h"
#include "server/provider/json_tree.h"
#include "server/provider/json_writer.h"

namespace evertoken {
namespace {

using Kind = JsonNode::Kind;

constexpr size_t kMostBytes = 4 << 20;

bool Is(const JsonNode* node, Kind kind) { return node != nullptr && node->kind == kind; }

const JsonNode* Step(const JsonNode& from, const std::string& token) {
  if (from.kind == Kind::kObject) return FindMember(from, token);
  // RFC 6901 section 4: no leading zeros; `-` is behind the end.
  if (from.kind != Kind::kArray || token.size() > 9 || (token.size() > 1 && token[0] == '0'))
    return nullptr;
  uint32_t index = 0;
  if (token.empty() || token.find_first_not_of("0123456789") != std::string::npos) return nullptr;
  if (!absl::SimpleAtoi(token, &index)) return nullptr;
  return FindElement(from, index);
}

std::string TextOfDouble(double number) {
  constexpr double kWhole = 9007199254740992.0;  // 2^53: below it whole numbers are exact
  if (std::floor(number) == number && std::fabs(number) < kWhole)
    return absl::StrFormat("%.0f", number);
  return absl::StrFormat("%.17g", number);
}

bool IsUtf8(absl::string_view text) { return FirstInvalidUtf8(text) == absl::string_view::npos; }

bool IsObjectOrArray(absl::string_view text) {
  return text.size() > 1 && (text[0] == '{' || text[0] == '[') &&
         JsonDocument::Parse(text) != nullptr;
}

// An object of those texts that are UTF-8. `read_texts`: those that are JSON objects or arrays are read as such.
std::unique_ptr<const JsonTree> MakeObject(const std::map<std::string, std::string>& texts,
                                           bool read_texts) {
  size_t bytes = 0;
  for (const auto& [name, text] : texts) bytes += name.size() + text.size();
  auto tree = std::make_unique<JsonTree>(bytes);
  tree->BeginObject();
  for (const auto& [name, text] : texts) {
    if (!IsUtf8(name) || !IsUtf8(text)) continue;
    tree->AddText(name);
    tree->EndKey();
    if (read_texts && IsObjectOrArray(text)) {
      ReadJson(text, tree.get());
    } else {
      tree->AddText(text);
      tree->EndString();
    }
  }
  tree->End();
  return tree;
}

}  // namespace

bool JsonRef::is_object() const { return Is(node_, Kind::kObject); }
bool JsonRef::is_array() const { return Is(node_, Kind::kArray); }
bool JsonRef::is_string() const { return Is(node_, Kind::kString); }

JsonRef JsonRef::At(absl::string_view pointer) const {
  const std::optional<std::vector<std::string>> tokens = ParseJsonPointer(pointer);
  return tokens.has_value() ? Follow(*tokens) : JsonRef();
}

JsonRef JsonRef::Follow(const std::vector<std::string>& tokens) const {
  const JsonNode* node = node_;
  for (const std::string& token : tokens) {
    if (node == nullptr) break;
    node = Step(*node, token);
  }
  return JsonRef(node);
}

std::optional<std::string> JsonRef::Text() const {
  std::string scratch;
  const std::optional<absl::string_view> text = TextView(&scratch);
  if (!text.has_value()) return std::nullopt;
  return std::string(*text);
}

std::optional<absl::string_view> JsonRef::TextView(std::string* scratch) const {
  if (!exists()) return std::nullopt;
  switch (node_->kind) {
    case Kind::kString:
      return node_->text_view();
    case Kind::kBoolean:
      return node_->boolean ? "true" : "false";
    case Kind::kInt64:
      return *scratch = absl::StrCat(node_->int64);
    case Kind::kUint64:
      return *scratch = absl::StrCat(node_->uint64);
    case Kind::kDouble:
      if (!std::isfinite(node_->float64)) return std::nullopt;
      return *scratch = TextOfDouble(node_->float64);
    default:
      return std::nullopt;
  }
}

std::optional<double> JsonRef::StrictNumber() const {
  if (Is(node_, Kind::kInt64)) return static_cast<double>(node_->int64);
  if (Is(node_, Kind::kUint64)) return static_cast<double>(node_->uint64);
  if (Is(node_, Kind::kDouble) && std::isfinite(node_->float64)) return node_->float64;
  return std::nullopt;
}

std::optional<double> JsonRef::Number() const {
  if (!is_string()) return StrictNumber();
  double number = 0;
  if (!absl::SimpleAtod(node_->text_view(), &number) || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::vector<JsonRef> JsonRef::Elements() const {
  std::vector<JsonRef> elements;
  if (!is_array()) return elements;
  elements.reserve(node_->size);
  const JsonNode* element = node_->first();
  for (uint32_t i = 0; i < node_->size; ++i, element = element->next())
    elements.push_back(JsonRef(element));
  return elements;
}

std::string JsonRef::Serialize() const { return exists() ? WriteJson(*node_) : std::string(); }

std::string SerializeObject(const std::map<std::string, std::string>& members) {
  std::string text = "{";
  for (const auto& [name, value] : members) {
    absl::StrAppend(&text, text.size() > 1 ? "," : "", QuoteJson(name), ":", QuoteJson(value));
  }
  return absl::StrCat(text, "}");
}

JsonDocument::JsonDocument(std::unique_ptr<const JsonTree> tree) : tree_(std::move(tree)) {}
JsonDocument::~JsonDocument() = default;

JsonRef JsonDocument::root() const { return JsonRef(&tree_->root()); }

std::shared_ptr<const JsonDocument> JsonDocument::Parse(absl::string_view text, Keys keys) {
  if (text.size() > kMostBytes) return nullptr;
  auto tree = std::make_unique<JsonTree>(text.size());
  if (!ReadJson(text, tree.get())) return nullptr;
  if (keys == Keys::kUnique && tree->HasRepeatedKeys()) return nullptr;
  return std::shared_ptr<const JsonDocument>(new JsonDocument(std::move(tree)));
}

std::shared_ptr<const JsonDocument> JsonDocument::FromForm(const FormFields& fields) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : fields) {
    if (IsUtf8(name) && IsUtf8(value)) texts.emplace(name, value);
  }
  return std::shared_ptr<const JsonDocument>(
      new JsonDocument(MakeObject(texts, /*read_texts=*/false)));
}

std::shared_ptr<const JsonDocument> JsonDocument::FromTexts(
    const std::map<std::string, std::string>& texts) {
  return std::shared_ptr<const JsonDocument>(
      new JsonDocument(MakeObject(texts, /*read_texts=*/true)));
}

}  // namespace evertoken
