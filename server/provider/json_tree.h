#ifndef EVERTOKEN_SERVER_PROVIDER_JSON_TREE_H_
#define EVERTOKEN_SERVER_PROVIDER_JSON_TREE_H_

#include <cstddef>
#include <memory>
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

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_JSON_TREE_H_
