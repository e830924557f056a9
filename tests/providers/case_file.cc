#include "tests/providers/case_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

namespace evertoken {
namespace {

void CheckKeys(const YamlNode& map, const std::set<std::string>& known, const std::string& where) {
  EXPECT_EQ(map.kind, YamlNode::Kind::kMap) << where << ", line " << map.line;
  for (const auto& [key, value] : map.members) {
    EXPECT_EQ(known.count(key), 1u) << where << ", line " << value.line << ": unknown key " << key;
  }
}

ProviderCase ReadCase(const std::string& provider, const YamlNode& root, const YamlNode& node) {
  CheckKeys(node, {"situation", "name", "tokens", "id_token_claims", "replies", "action", "expect"},
            provider);
  ProviderCase result;
  result.provider = provider;
  result.situation = TextOf(Member(node, "situation"));
  result.name = TextOf(Member(node, "name"));
  result.client.set_client_id("case-client");
  result.client.set_client_secret("case-secret");
  for (const auto& [name, value] : TextsOf(Member(root, "instance")))
    (*result.client.mutable_instance())[name] = value;
  result.tokens = Member(node, "tokens");
  result.id_token_claims = TextOf(Member(node, "id_token_claims"));
  result.replies = Member(root, "always").items;
  const std::vector<YamlNode>& own = Member(node, "replies").items;
  result.replies.insert(result.replies.end(), own.begin(), own.end());
  result.action = TextOf(Member(node, "action"));
  result.expect = Member(node, "expect");
  EXPECT_FALSE(result.expect.members.empty())
      << provider << ": " << result.name << " expects nothing";
  return result;
}

}  // namespace

void PrintTo(const ProviderCase& provider_case, std::ostream* out) { *out << provider_case.name; }

const YamlNode& Member(const YamlNode& node, const std::string& name) {
  static const auto* const kNone = new YamlNode();
  for (const auto& [key, value] : node.members) {
    if (key == name) return value;
  }
  return *kNone;
}

std::string TextOf(const YamlNode& node) { return node.text; }

std::map<std::string, std::string> TextsOf(const YamlNode& map) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : map.members) texts[key] = value.text;
  return texts;
}

CaseFile ReadCaseFile(const std::string& provider, const std::string& path) {
  CaseFile result;
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << "the entry " << provider << " has no case file " << path;
  const std::string yaml((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<YamlFault> faults;
  const YamlNode root = ParseYaml(yaml, &faults);
  for (const YamlFault& fault : faults)
    ADD_FAILURE() << path << ":" << fault.line << ": " << fault.what;
  CheckKeys(root, {"instance", "always", "cases", "not_applicable"}, path);
  for (const YamlNode& node : Member(root, "cases").items)
    result.cases.push_back(ReadCase(provider, root, node));
  result.not_applicable = TextsOf(Member(root, "not_applicable"));
  return result;
}

}  // namespace evertoken
