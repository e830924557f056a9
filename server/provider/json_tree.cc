#include "server/provider/json_tree.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"

namespace evertoken {
namespace {

// What a node takes of the text of usual documents.
constexpr size_t kTextOfNode = 12;

bool HasRepeatedKey(const JsonNode& object) {
  absl::flat_hash_set<absl::string_view> keys;
  const JsonNode* member = object.first();
  for (uint32_t i = 0; i < object.size; ++i, member = member->next()) {
    if (!keys.insert(member->key_view()).second) return true;
  }
  return false;
}

}  // namespace

JsonTree::JsonTree(size_t most_text) : most_text_(most_text), text_(new char[most_text]) {
  nodes_.reserve(most_text / kTextOfNode + 1);
}

void JsonTree::Begin(JsonNode::Kind kind) {
  Add(kind).index = nullptr;
  open_.push_back(nodes_.size() - 1);
}

void JsonTree::End() {
  JsonNode& node = nodes_[open_.back()];
  node.extent = static_cast<uint32_t>(nodes_.size() - open_.back());
  open_.pop_back();
  if (node.kind != JsonNode::Kind::kObject || node.size <= kMostUnindexedMembers) return;
  indexes_.push_back(std::make_unique<uint32_t[]>(IndexSize(node.size)));
  IndexMembers(node, indexes_.back().get());
  node.index = indexes_.back().get();
}

bool JsonTree::HasRepeatedKeys() const {
  return std::any_of(nodes_.begin(), nodes_.end(), [](const JsonNode& node) {
    return node.kind == JsonNode::Kind::kObject && HasRepeatedKey(node);
  });
}

}  // namespace evertoken
