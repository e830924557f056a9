#ifndef EVERTOKEN_SERVER_PROVIDER_JSON_TREE_H_
#define EVERTOKEN_SERVER_PROVIDER_JSON_TREE_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/provider/json_node.h"

namespace evertoken {

// A JSON value in a few pieces of memory, because a document is read once and thrown away as a whole: one for all nodes, one for all text.
// It is made by calls in the order of JSON text; then it is only read.
class JsonTree {
 public:
  // `most_text`: bytes of all keys and strings together.
  explicit JsonTree(size_t most_text);

  JsonTree(const JsonTree&) = delete;
  JsonTree& operator=(const JsonTree&) = delete;

  // Text comes in one or more parts and is then made a key or a string.
  void AddText(absl::string_view part);
  void EndKey();
  void EndString();

  void AddNull() { Add(JsonNode::Kind::kNull); }
  void AddBoolean(bool value) { Add(JsonNode::Kind::kBoolean).boolean = value; }
  void AddInt64(int64_t value) { Add(JsonNode::Kind::kInt64).int64 = value; }
  void AddUint64(uint64_t value) { Add(JsonNode::Kind::kUint64).uint64 = value; }
  void AddDouble(double value) { Add(JsonNode::Kind::kDouble).float64 = value; }

  void BeginObject() { Begin(JsonNode::Kind::kObject); }
  void BeginArray() { Begin(JsonNode::Kind::kArray); }
  void End();

  // Whether an object has a key twice.
  bool HasRepeatedKeys() const;

  // Once the value is whole.
  const JsonNode& root() const { return nodes_.front(); }

 private:
  JsonNode& Add(JsonNode::Kind kind);
  void Begin(JsonNode::Kind kind);
  absl::string_view TakeText();

  std::vector<JsonNode> nodes_;
  std::vector<std::unique_ptr<uint32_t[]>> indexes_;
  std::vector<size_t> open_;  // objects and arrays without their end
  const size_t most_text_;
  const std::unique_ptr<char[]> text_;
  size_t text_end_ = 0;
  size_t part_begin_ = 0;  // of the text that is neither key nor string yet
  absl::string_view key_;  // of the next value
};

// What runs for every value and every key.

inline void JsonTree::AddText(absl::string_view part) {
  const size_t size = std::min(part.size(), most_text_ - text_end_);
  std::copy_n(part.data(), size, text_.get() + text_end_);
  text_end_ += size;
}

inline absl::string_view JsonTree::TakeText() {
  const size_t begin = std::exchange(part_begin_, text_end_);
  return absl::string_view(text_.get() + begin, text_end_ - begin);
}

inline void JsonTree::EndKey() { key_ = TakeText(); }

inline void JsonTree::EndString() {
  const absl::string_view text = TakeText();
  JsonNode& node = Add(JsonNode::Kind::kString);
  node.text = text.data();
  node.size = static_cast<uint32_t>(text.size());
}

inline JsonNode& JsonTree::Add(JsonNode::Kind kind) {
  if (!open_.empty()) ++nodes_[open_.back()].size;
  const absl::string_view key = std::exchange(key_, absl::string_view());
  JsonNode& node = nodes_.emplace_back();
  node.kind = kind;
  node.key = key.data();
  node.key_size = static_cast<uint32_t>(key.size());
  return node;
}

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_JSON_TREE_H_
