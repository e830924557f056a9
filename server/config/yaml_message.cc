#include "server/config/yaml_message.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <limits>
#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/config/duration_text.h"
#include "server/config/utf8.h"
#include "server/config/yaml_document.h"

namespace evertoken {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr absl::string_view kDuration = "google.protobuf.Duration";

// `LOST_RESPONSE_POLICY_` for LostResponsePolicy.
std::string EnumPrefix(const EnumDescriptor* type) {
  std::string prefix;
  for (const char c : type->name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return prefix + "_";
}

// The enum's values as they are written, by number; the zero value stands for "not written" and has no name.
std::map<int, std::string> EnumNames(const EnumDescriptor* type) {
  const std::string prefix = EnumPrefix(type);
  std::map<int, std::string> names;
  for (int i = 0; i < type->value_count(); ++i) {
    const EnumValueDescriptor* value = type->value(i);
    if (value->number() == 0) continue;
    const std::string& full_name = value->name();
    names.emplace(value->number(), absl::AsciiStrToLower(absl::StripPrefix(full_name, prefix)));
  }
  return names;
}

// Where a scalar goes: the field itself, or the next place of a repeated one.
struct Target {
  Message* message;
  const FieldDescriptor* field;
};

class Reader {
 public:
  Reader(const std::string& file, const YamlOptions& options, SourceMap* source_map,
         std::vector<ConfigProblem>* problems)
      : file_(file), options_(options), source_map_(source_map), problems_(problems) {}

  void ReadMessage(const YamlNode& node, const std::string& path, Message* message) {
    if (node.kind == YamlNode::Kind::kNull) return;
    if (node.kind != YamlNode::Kind::kMap) {
      const FieldDescriptor* short_field = ShortForm(message->GetDescriptor());
      if (short_field == nullptr) return Problem(node, path, "must be a map of settings");
      return ReadShort(node, path, {message, short_field});
    }
    for (const auto& [key, value] : node.members) ReadMember(key, value, path, message);
  }

 private:
  void Problem(const YamlNode& node, const std::string& path, std::string what) {
    problems_->push_back({file_, node.line, path, std::move(what)});
  }

  const FieldDescriptor* ShortForm(const Descriptor* type) const {
    for (const auto& [message, field] : options_.short_forms) {
      if (message == type->full_name()) return type->FindFieldByName(field);
    }
    return nullptr;
  }

  void ReadShort(const YamlNode& node, const std::string& path, Target target) {
    if (!target.field->is_repeated()) return ReadSingle(node, path, target);
    if (node.kind == YamlNode::Kind::kList) return ReadList(node, path, target);
    ReadSingle(node, path, target);
  }

  void ReadMember(const std::string& key, const YamlNode& value, const std::string& path,
                  Message* message) {
    const std::string child = MemberPath(path, key);
    const Descriptor* type = message->GetDescriptor();
    const FieldDescriptor* field = type->FindFieldByName(key);
    if (field == nullptr)
      return Problem(value, child, absl::StrCat("unknown key; known here: ", KnownKeys(type)));
    if (IsSecondOfOneof(*message, field)) {
      return Problem(value, child,
                     absl::StrCat("only one of ", OneofMembers(field), " may be set"));
    }
    source_map_->Set(child, value.line);
    if (field->is_map()) {
      ReadMap(value, child, {message, field});
    } else if (field->is_repeated()) {
      ReadList(value, child, {message, field});
    } else {
      ReadSingle(value, child, {message, field});
    }
  }

  static std::string KnownKeys(const Descriptor* type) {
    std::vector<std::string> names;
    for (int i = 0; i < type->field_count(); ++i) names.push_back(type->field(i)->name());
    return absl::StrJoin(names, ", ");
  }

  static bool IsSecondOfOneof(const Message& message, const FieldDescriptor* field) {
    const auto* oneof = field->real_containing_oneof();
    return oneof != nullptr && message.GetReflection()->HasOneof(message, oneof);
  }

  static std::string OneofMembers(const FieldDescriptor* field) {
    const auto* oneof = field->real_containing_oneof();
    std::vector<std::string> names;
    for (int i = 0; i < oneof->field_count(); ++i) names.push_back(oneof->field(i)->name());
    return absl::StrJoin(names, ", ");
  }

  void ReadMap(const YamlNode& node, const std::string& path, Target target) {
    if (node.kind != YamlNode::Kind::kMap) return Problem(node, path, "must be a map");
    for (const auto& [key, value] : node.members) {
      const std::string child = MemberPath(path, key);
      if (key.empty()) {
        Problem(value, child, "a key must not be empty");
        continue;
      }
      source_map_->Set(child, value.line);
      Message* entry = target.message->GetReflection()->AddMessage(target.message, target.field);
      const Descriptor* type = entry->GetDescriptor();
      entry->GetReflection()->SetString(entry, type->map_key(), key);
      ReadSingle(value, child, {entry, type->map_value()});
    }
  }

  void ReadList(const YamlNode& node, const std::string& path, Target target) {
    if (node.kind != YamlNode::Kind::kList) return Problem(node, path, "must be a list");
    for (size_t i = 0; i < node.items.size(); ++i) {
      const std::string child = ElementPath(path, i);
      source_map_->Set(child, node.items[i].line);
      ReadSingle(node.items[i], child, target);
    }
  }

  void ReadSingle(const YamlNode& node, const std::string& path, Target target) {
    if (target.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (target.field->message_type()->full_name() == kDuration)
        return ReadDuration(node, path, target);
      return ReadMessage(node, path, MessageOf(target));
    }
    if (node.kind == YamlNode::Kind::kNull)
      return Problem(node, path, "has no value; leave the key out or give one");
    if (node.kind != YamlNode::Kind::kScalar) return Problem(node, path, "must be a single value");
    ReadScalar(node, path, target);
  }

  static Message* MessageOf(Target target) {
    const Reflection* reflection = target.message->GetReflection();
    if (target.field->is_repeated()) return reflection->AddMessage(target.message, target.field);
    return reflection->MutableMessage(target.message, target.field);
  }

  void ReadDuration(const YamlNode& node, const std::string& path, Target target) {
    std::optional<absl::Duration> duration;
    if (node.kind == YamlNode::Kind::kScalar) duration = ParseDurationText(node.text);
    if (!duration.has_value()) {
      return Problem(node, path, "must be a duration such as 250ms, 30s, 15m, 24h, 60d or 1h30m");
    }
    Message* message = MessageOf(target);
    const Descriptor* type = message->GetDescriptor();
    const int64_t ms = absl::ToInt64Milliseconds(*duration);
    message->GetReflection()->SetInt64(message, type->FindFieldByName("seconds"), ms / 1000);
    message->GetReflection()->SetInt32(message, type->FindFieldByName("nanos"),
                                       static_cast<int32_t>(ms % 1000) * 1000000);
  }

  void ReadScalar(const YamlNode& node, const std::string& path, Target target) {
    switch (target.field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return ReadString(node, path, target);
      case FieldDescriptor::CPPTYPE_BOOL:
        return ReadBool(node, path, target);
      case FieldDescriptor::CPPTYPE_ENUM:
        return ReadEnum(node, path, target);
      case FieldDescriptor::CPPTYPE_INT32:
        return ReadInteger(node, path, target, std::numeric_limits<int32_t>::min(),
                           std::numeric_limits<int32_t>::max());
      case FieldDescriptor::CPPTYPE_INT64:
        return ReadInteger(node, path, target, std::numeric_limits<int64_t>::min(),
                           std::numeric_limits<int64_t>::max());
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return ReadNumber(node, path, target);
      default:
        Problem(node, path, "cannot be set in YAML");
    }
  }

  void ReadString(const YamlNode& node, const std::string& path, Target target) {
    std::string text;
    if (!Expand(node, path, &text)) return;
    if (FirstInvalidUtf8(text) != absl::string_view::npos)
      return Problem(node, path, "is not valid UTF-8");
    const Reflection* reflection = target.message->GetReflection();
    if (target.field->is_repeated()) {
      reflection->AddString(target.message, target.field, std::move(text));
    } else {
      reflection->SetString(target.message, target.field, std::move(text));
    }
  }

  // Replaces `${NAME}`; what is put in is not looked at again.
  bool Expand(const YamlNode& node, const std::string& path, std::string* out) {
    absl::string_view rest = node.text;
    bool complete = true;
    for (size_t at = rest.find("${"); at != absl::string_view::npos; at = rest.find("${")) {
      absl::StrAppend(out, rest.substr(0, at));
      const size_t end = rest.find('}', at);
      if (end == absl::string_view::npos) {
        Problem(node, path, "`${` without `}`");
        return false;
      }
      const std::string name(rest.substr(at + 2, end - at - 2));
      const std::string* value = options_.lookup ? options_.lookup(name) : nullptr;
      if (value == nullptr) {
        Problem(node, path, absl::StrCat("`${", ForDisplay(name), "}` is not set"));
        complete = false;
      } else {
        absl::StrAppend(out, *value);
      }
      rest.remove_prefix(end + 1);
    }
    absl::StrAppend(out, rest);
    return complete;
  }

  void ReadBool(const YamlNode& node, const std::string& path, Target target) {
    if (node.quoted || (node.text != "true" && node.text != "false"))
      return Problem(node, path, "must be true or false");
    const Reflection* reflection = target.message->GetReflection();
    if (target.field->is_repeated()) {
      reflection->AddBool(target.message, target.field, node.text == "true");
    } else {
      reflection->SetBool(target.message, target.field, node.text == "true");
    }
  }

  void ReadEnum(const YamlNode& node, const std::string& path, Target target) {
    const std::map<int, std::string> names = EnumNames(target.field->enum_type());
    const Reflection* reflection = target.message->GetReflection();
    for (const auto& [number, name] : names) {
      if (name != node.text) continue;
      if (target.field->is_repeated()) {
        reflection->AddEnumValue(target.message, target.field, number);
      } else {
        reflection->SetEnumValue(target.message, target.field, number);
      }
      return;
    }
    Problem(node, path,
            absl::StrCat("must be one of ",
                         absl::StrJoin(names, ", ", [](std::string* out, const auto& name) {
                           absl::StrAppend(out, name.second);
                         })));
  }

  void ReadInteger(const YamlNode& node, const std::string& path, Target target, int64_t least,
                   int64_t most) {
    int64_t number = 0;
    if (node.quoted || absl::StrContains(node.text, ' ') || !absl::SimpleAtoi(node.text, &number)) {
      return Problem(node, path, "must be a whole number");
    }
    if (number < least || number > most) {
      return Problem(node, path, absl::StrCat("must be a whole number from ", least, " to ", most));
    }
    SetInteger(target, number);
  }

  void ReadNumber(const YamlNode& node, const std::string& path, Target target) {
    // Plain decimals only: no exponent, infinity or hexadecimal, which are more likely mistakes than meant.
    const bool plain =
        !node.quoted && node.text.find_first_not_of("-.0123456789") == std::string::npos;
    double number = 0;
    if (!plain || !absl::SimpleAtod(node.text, &number))
      return Problem(node, path, "must be a number such as 2 or 0.5");
    const Reflection* reflection = target.message->GetReflection();
    if (target.field->is_repeated()) {
      reflection->AddDouble(target.message, target.field, number);
    } else {
      reflection->SetDouble(target.message, target.field, number);
    }
  }

  static void SetInteger(Target target, int64_t number) {
    const Reflection* reflection = target.message->GetReflection();
    const bool wide = target.field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
    const auto narrow = static_cast<int32_t>(number);
    if (target.field->is_repeated()) {
      wide ? reflection->AddInt64(target.message, target.field, number)
           : reflection->AddInt32(target.message, target.field, narrow);
    } else {
      wide ? reflection->SetInt64(target.message, target.field, number)
           : reflection->SetInt32(target.message, target.field, narrow);
    }
  }

  const std::string& file_;
  const YamlOptions& options_;
  SourceMap* const source_map_;
  std::vector<ConfigProblem>* const problems_;
};

}  // namespace

std::string MemberPath(const std::string& parent, absl::string_view key) {
  for (const char c : key) {
    // Quoted where it would blur where the key ends.
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-') {
      return absl::StrCat(parent, "[\"", ForDisplay(key), "\"]");
    }
  }
  return parent.empty() ? std::string(key) : absl::StrCat(parent, ".", key);
}

std::string ElementPath(const std::string& parent, size_t index) {
  return absl::StrCat(parent, "[", index, "]");
}

std::string ConfigProblem::ToString() const {
  std::string text = file;
  if (line > 0) absl::StrAppend(&text, ":", line);
  if (!path.empty()) absl::StrAppend(&text, ": ", path);
  absl::StrAppend(&text, ": ", what);
  return text;
}

void SourceMap::Set(const std::string& path, int line) { lines_.insert_or_assign(path, line); }

int SourceMap::LineOf(absl::string_view path) const {
  for (std::string at(path); !at.empty();) {
    const auto found = lines_.find(at);
    if (found != lines_.end()) return found->second;
    const size_t cut = at.find_last_of(".[");
    at.resize(cut == std::string::npos ? 0 : cut);
  }
  return 0;
}

bool SourceMap::Has(absl::string_view path) const { return lines_.count(std::string(path)) != 0; }

void ReadYaml(absl::string_view yaml, const std::string& file, const YamlOptions& options,
              Message* message, SourceMap* source_map, std::vector<ConfigProblem>* problems) {
  std::vector<YamlFault> faults;
  const YamlNode root = ParseYaml(yaml, &faults);
  for (YamlFault& fault : faults)
    problems->push_back({file, fault.line, "", std::move(fault.what)});
  SourceMap unused;
  Reader reader(file, options, source_map == nullptr ? &unused : source_map, problems);
  reader.ReadMessage(root, "", message);
}

}  // namespace evertoken
