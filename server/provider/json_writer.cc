#include "server/provider/json_writer.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

namespace json = boost::json;

void Append(const JsonNode& value, std::string* text);

void AppendObject(const JsonNode& object, std::string* text) {
  *text += '{';
  const JsonNode* member = object.first();
  for (uint32_t i = 0; i < object.size; ++i, member = member->next()) {
    if (FindMember(object, member->key_view()) != member) continue;
    if (text->back() != '{') *text += ',';
    absl::StrAppend(text, QuoteJson(member->key_view()), ":");
    Append(*member, text);
  }
  *text += '}';
}

void AppendArray(const JsonNode& array, std::string* text) {
  *text += '[';
  const JsonNode* element = array.first();
  for (uint32_t i = 0; i < array.size; ++i, element = element->next()) {
    if (i > 0) *text += ',';
    Append(*element, text);
  }
  *text += ']';
}

void Append(const JsonNode& value, std::string* text) {
  switch (value.kind) {
    case JsonNode::Kind::kNull:
      return absl::StrAppend(text, "null");
    case JsonNode::Kind::kBoolean:
      return absl::StrAppend(text, value.boolean ? "true" : "false");
    case JsonNode::Kind::kInt64:
      return absl::StrAppend(text, value.int64);
    case JsonNode::Kind::kUint64:
      return absl::StrAppend(text, value.uint64);
    case JsonNode::Kind::kDouble:
      // What is too large for a double was read as infinite, for which JSON has no word.
      return absl::StrAppend(text, std::isfinite(value.float64)
                                       ? json::serialize(json::value(value.float64))
                                       : "null");
    case JsonNode::Kind::kString:
      return absl::StrAppend(text, QuoteJson(value.text_view()));
    case JsonNode::Kind::kArray:
      return AppendArray(value, text);
    case JsonNode::Kind::kObject:
      return AppendObject(value, text);
  }
}

}  // namespace

std::string WriteJson(const JsonNode& value) {
  std::string text;
  Append(value, &text);
  return text;
}

std::string QuoteJson(absl::string_view text) {
  return json::serialize(json::string_view(text.data(), text.size()));
}

}  // namespace evertoken
