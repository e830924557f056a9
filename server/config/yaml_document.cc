#include "server/config/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/config/utf8.h"

namespace evertoken {
namespace {

int LineOf(const YAML::Mark& mark) { return mark.line + 1; }

// Builds the tree from the parser's events. yaml-cpp's own tree drops anchors and tags, and looks up a repeated key as its
// first value without a word.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::vector<YamlFault>* faults) : faults_(faults) {}

  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    CheckPlain(mark, "?", anchor);
    YamlNode node;
    node.line = LineOf(mark);
    Place(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Fault(LineOf(mark), "aliases (*name) are not allowed; repeat the value");
    YamlNode node;
    node.line = LineOf(mark);
    Place(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    CheckPlain(mark, tag, anchor);
    YamlNode node;
    node.kind = YamlNode::Kind::kScalar;
    node.line = LineOf(mark);
    node.quoted = tag == "!";
    node.text = value;
    Place(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    CheckPlain(mark, tag, anchor);
    Open(YamlNode::Kind::kList, LineOf(mark));
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    CheckPlain(mark, tag, anchor);
    Open(YamlNode::Kind::kMap, LineOf(mark));
  }
  void OnMapEnd() override { Close(); }

 private:
  // A list or map whose end has not come yet.
  struct OpenNode {
    YamlNode node;
    bool has_key = false;
    std::string key;
    int key_line = 0;
  };

  void Fault(int line, std::string what) { faults_->push_back({line, std::move(what)}); }

  void CheckPlain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      Fault(LineOf(mark), "anchors (&name) are not allowed; repeat the value");
    if (!tag.empty() && tag != "?" && tag != "!")
      Fault(LineOf(mark), "tags (!name) are not allowed");
  }

  // Counts a node; false when it is beyond a bound, which is told once.
  bool Admit(int line) {
    ++nodes_;
    if (nodes_ == kMaxYamlNodes + 1)
      Fault(line, absl::StrCat("more than ", kMaxYamlNodes, " values"));
    return nodes_ <= kMaxYamlNodes;
  }

  void Open(YamlNode::Kind kind, int line) {
    if (static_cast<int>(open_.size()) == kMaxYamlDepth && !too_deep_) {
      too_deep_ = true;
      Fault(line, absl::StrCat("nested deeper than ", kMaxYamlDepth, " levels"));
    }
    OpenNode open;
    open.node.kind = kind;
    open.node.line = line;
    open_.push_back(std::move(open));
  }

  void Close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    // What is too deep is left out, so that nobody who walks the tree needs much stack.
    if (static_cast<int>(open_.size()) >= kMaxYamlDepth) {
      node.items.clear();
      node.members.clear();
    }
    Place(std::move(node));
  }

  void Place(YamlNode node) {
    if (!Admit(node.line)) return;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    OpenNode& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      PlaceKey(&parent, node);
    } else {
      parent.has_key = false;
      // Where people look for a setting is where its name stands.
      node.line = parent.key_line;
      parent.node.members.push_back({std::move(parent.key), std::move(node)});
    }
  }

  void PlaceKey(OpenNode* parent, const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kScalar) Fault(node.line, "a key must be a plain word");
    parent->has_key = true;
    parent->key = node.text;
    parent->key_line = node.line;
    const auto& members = parent->node.members;
    // Linear, and bounded by the cap on nodes: maps in configuration are small.
    const bool repeated = members.size() < 5000 &&
                          std::any_of(members.begin(), members.end(),
                                      [&](const auto& member) { return member.key == node.text; });
    if (repeated)
      Fault(node.line, absl::StrCat("the key `", ForDisplay(node.text), "` is there twice"));
    if (members.size() == 5000) Fault(node.line, "more than 5000 keys in one map");
  }

  std::vector<YamlFault>* const faults_;
  std::vector<OpenNode> open_;
  YamlNode root_;
  int nodes_ = 0;
  bool too_deep_ = false;
};

// The parser ends in exceptions for bad input; they stay here. Their texts hold parts of the file at most as single characters.
void RunParser(const std::string& yaml, TreeBuilder* builder, std::vector<YamlFault>* faults) {
  try {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(*builder)) return;
    TreeBuilder ignored(faults);
    if (parser.HandleNextDocument(ignored))
      faults->push_back({0, "more than one document; write one per file"});
  } catch (const YAML::Exception& e) {
    faults->push_back({e.mark.is_null() ? 0 : e.mark.line + 1,
                       absl::StrCat("not valid YAML: ", ForDisplay(e.msg))});
  } catch (const std::exception&) {
    faults->push_back({0, "not valid YAML"});
  }
}

}  // namespace

YamlNode ParseYaml(absl::string_view yaml, std::vector<YamlFault>* faults) {
  if (yaml.size() > kMaxYamlBytes) {
    faults->push_back({0, absl::StrCat("larger than ", kMaxYamlBytes, " bytes")});
    return YamlNode();
  }
  const size_t bad = FirstInvalidUtf8(yaml);
  if (bad != absl::string_view::npos) {
    const auto line =
        std::count(yaml.begin(), yaml.begin() + static_cast<std::ptrdiff_t>(bad), '\n') + 1;
    faults->push_back({static_cast<int>(line), "not valid UTF-8"});
    return YamlNode();
  }
  TreeBuilder builder(faults);
  RunParser(std::string(yaml), &builder, faults);
  return builder.TakeRoot();
}

}  // namespace evertoken
