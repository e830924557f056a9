#include "server/config/env_overrides.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/message.h"
#include "server/config/nearest_name.h"
#include "server/config/override_names.h"

namespace evertoken {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr absl::string_view kPrefix = "EVERTOKEN_";

std::vector<std::string> PartsOf(absl::string_view name) {
  return absl::StrSplit(absl::StripPrefix(name, kPrefix), "__");
}

std::optional<int> AsIndex(absl::string_view part) {
  int index = 0;
  const bool digits = !part.empty() && part.size() <= 4 &&
                      std::all_of(part.begin(), part.end(), absl::ascii_isdigit);
  if (!digits || !absl::SimpleAtoi(part, &index)) return std::nullopt;
  return index;
}

// Index 9 before index 10, so that a list grows in order.
bool ComesBefore(const std::string& a, const std::string& b) {
  const std::vector<std::string> a_parts = PartsOf(a);
  const std::vector<std::string> b_parts = PartsOf(b);
  return std::lexicographical_compare(a_parts.begin(), a_parts.end(), b_parts.begin(),
                                      b_parts.end(),
                                      [](const std::string& x, const std::string& y) {
                                        const std::optional<int> i = AsIndex(x), j = AsIndex(y);
                                        return i && j ? *i < *j : x < y;
                                      });
}

// Whether a variable's part names a key: shells allow neither `-` nor lower case by convention.
bool NamesKey(absl::string_view part, absl::string_view key) {
  return absl::StrReplaceAll(absl::AsciiStrToUpper(key), {{"-", "_"}, {".", "_"}}) == part;
}

class Overrider {
 public:
  Overrider(ConfigSources* sources, std::vector<ConfigProblem>* problems)
      : sources_(sources), problems_(problems) {}

  void Apply(const std::string& name, const std::string& value, Message* root) {
    name_ = name;
    value_ = value;
    parts_ = PartsOf(name);
    next_ = 0;
    root_ = root;
    path_.clear();
    Descend(root);
  }

 private:
  void Problem(const std::string& what) { problems_->push_back({"environment", 0, name_, what}); }

  void UnknownName() {
    const std::vector<std::string> known = OverrideNames(root_->GetDescriptor());
    const std::string nearest = NearestName(name_, known, name_.size());
    Problem(absl::StrCat("names no setting", nearest.empty() ? "" : "; the nearest known name is ",
                         nearest, " (0 stands for an index, NAME for a key)"));
  }

  bool AtEnd() const { return next_ == parts_.size(); }

  void Descend(Message* message) {
    if (AtEnd()) return TakeSection(message);
    const FieldDescriptor* field =
        message->GetDescriptor()->FindFieldByName(absl::AsciiStrToLower(parts_[next_]));
    if (field == nullptr || absl::AsciiStrToUpper(field->name()) != parts_[next_])
      return UnknownName();
    ++next_;
    absl::StrAppend(&path_, path_.empty() ? "" : ".", field->name());
    if (field->is_map()) return TakeMapEntry(message, field);
    if (field->is_repeated()) return TakeElement(message, field);
    if (!ChooseOneof(message, field)) return;
    if (IsSection(field)) return Descend(message->GetReflection()->MutableMessage(message, field));
    if (!AtEnd()) return UnknownName();
    SetLeaf(message, field);
  }

  static bool IsSection(const FieldDescriptor* field) {
    return field->message_type() != nullptr &&
           field->message_type() != google::protobuf::Duration::descriptor();
  }

  void TakeSection(Message* message) {
    if (message->GetDescriptor()->field_count() > 0) return UnknownName();
    if (value_ != "{}") return Problem("has no settings: write {} to choose it");
    sources_->overrides[path_] = name_;
  }

  // An override may choose another kind than the file did, but two overrides may not contradict each other.
  bool ChooseOneof(Message* message, const FieldDescriptor* field) {
    const auto* oneof = field->real_containing_oneof();
    if (oneof == nullptr) return true;
    const FieldDescriptor*& chosen = chosen_[message];
    if (chosen != nullptr && chosen != field) {
      Problem(absl::StrCat("contradicts another override: only one of ", chosen->name(), " and ",
                           field->name(), " can be set"));
      return false;
    }
    chosen = field;
    return true;
  }

  void TakeElement(Message* message, const FieldDescriptor* field) {
    const Reflection* reflection = message->GetReflection();
    const int size = reflection->FieldSize(*message, field);
    const std::optional<int> index = AtEnd() ? std::nullopt : AsIndex(parts_[next_]);
    if (!index || *index > size) {
      return Problem(absl::StrCat("`", path_, "` is a list of ", size,
                                  ": name an element by its index, from 0; ", size,
                                  " appends one"));
    }
    ++next_;
    absl::StrAppend(&path_, "[", *index, "]");
    if (IsSection(field)) {
      if (*index == size) reflection->AddMessage(message, field);
      return Descend(reflection->MutableRepeatedMessage(message, field, *index));
    }
    if (!AtEnd()) return UnknownName();
    if (*index == size) {
      reflection->AddString(message, field, value_);
    } else {
      reflection->SetRepeatedString(message, field, *index, value_);
    }
    sources_->overrides[path_] = name_;
  }

  void TakeMapEntry(Message* message, const FieldDescriptor* field) {
    if (AtEnd() || parts_[next_].empty()) {
      return Problem(absl::StrCat("`", path_, "` is a map: name an entry by its key"));
    }
    Message* entry = EntryFor(message, field, parts_[next_++]);
    const FieldDescriptor* value = field->message_type()->map_value();
    const FieldDescriptor* key = field->message_type()->map_key();
    absl::StrAppend(&path_, ".", entry->GetReflection()->GetString(*entry, key));
    if (IsSection(value)) return Descend(entry->GetReflection()->MutableMessage(entry, value));
    if (!AtEnd()) return UnknownName();
    SetLeaf(entry, value);
  }

  static Message* EntryFor(Message* message, const FieldDescriptor* field,
                           const std::string& part) {
    const Reflection* reflection = message->GetReflection();
    const FieldDescriptor* key = field->message_type()->map_key();
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      Message* entry = reflection->MutableRepeatedMessage(message, field, i);
      if (NamesKey(part, entry->GetReflection()->GetString(*entry, key))) return entry;
    }
    Message* entry = reflection->AddMessage(message, field);
    // Ids of sections are kebab-case, names of plain values are snake_case.
    std::string name = absl::AsciiStrToLower(part);
    if (IsSection(field->message_type()->map_value()))
      name = absl::StrReplaceAll(name, {{"_", "-"}});
    entry->GetReflection()->SetString(entry, key, name);
    return entry;
  }

  void SetLeaf(Message* message, const FieldDescriptor* field) {
    sources_->overrides[path_] = name_;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      // As it is: a password may hold what YAML or `${` would give a meaning.
      message->GetReflection()->SetString(message, field, value_);
      return;
    }
    const bool plain =
        !value_.empty() && std::all_of(value_.begin(), value_.end(), [](unsigned char c) {
          return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '-' || c == '+';
        });
    if (!plain) return Problem("must be a plain number, word or duration");
    std::unique_ptr<Message> read(message->New());
    std::vector<ConfigProblem> found;
    SourceMap unused;
    ReadYaml(absl::StrCat(field->name(), ": ", value_), "environment", YamlOptions(), read.get(),
             &unused, &found);
    for (const ConfigProblem& problem : found) Problem(problem.what);
    if (!found.empty()) return;
    message->GetReflection()->ClearField(message,
                                         field);  // merging would not write a zero over a value
    message->MergeFrom(*read);
  }

  ConfigSources* const sources_;
  std::vector<ConfigProblem>* const problems_;
  std::map<const Message*, const FieldDescriptor*> chosen_;
  std::string name_;
  std::string value_;
  std::vector<std::string> parts_;
  size_t next_ = 0;
  Message* root_ = nullptr;
  std::string path_;
};

}  // namespace

void ApplyEnvOverrides(const Environment& environment, Message* message, ConfigSources* sources,
                       std::vector<ConfigProblem>* problems) {
  std::vector<std::string> names;
  for (auto it = environment.lower_bound(std::string(kPrefix)); it != environment.end(); ++it) {
    if (!absl::StartsWith(it->first, kPrefix)) break;
    if (!IsForeignVariable(it->first)) names.push_back(it->first);
  }
  std::sort(names.begin(), names.end(), ComesBefore);
  Overrider overrider(sources, problems);
  for (const std::string& name : names) overrider.Apply(name, environment.at(name), message);
}

}  // namespace evertoken
