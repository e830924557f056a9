#include "server/provider/explain_entry.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/duration.pb.h"
#include "server/base/json_text.h"
#include "server/provider/catalog_defaults.h"
#include "server/provider/catalog_resolver.h"
#include "server/provider/catalog_source.h"
#include "server/provider/unused_parameters.h"

namespace evertoken {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string EnumText(const google::protobuf::EnumValueDescriptor* value) {
  // Values carry the name of their enum as a prefix, which YAML leaves out.
  const std::string zero = value->type()->value(0)->name();
  const size_t prefix = zero.size() - std::string("UNSPECIFIED").size();
  return absl::AsciiStrToLower(value->name().substr(prefix));
}

std::string DurationText(const google::protobuf::Duration& duration) {
  if (duration.nanos() != 0)
    return absl::StrCat(duration.seconds() * 1000 + duration.nanos() / 1000000, "ms");
  const std::pair<int64_t, const char*> units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}};
  for (const auto& [seconds, unit] : units) {
    if (duration.seconds() != 0 && duration.seconds() % seconds == 0)
      return absl::StrCat(duration.seconds() / seconds, unit);
  }
  return absl::StrCat(duration.seconds(), "s");
}

// A key as it stands before a colon.
std::string KeyText(const std::string& key) {
  const bool plain = std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return absl::ascii_isalpha(c) || c == '_' || c == '-';
  });
  return plain && !key.empty() ? key : JsonQuote(key);
}

class Writer {
 public:
  explicit Writer(const ResolvedEntry* entry) : entry_(entry) {}

  std::string Write(const Message& provider) {
    text_ = absl::StrCat("providers:\n  ", KeyText(entry_->id), ":\n");
    WriteMembers(provider, "", 4);
    return std::move(text_);
  }

 private:
  static bool IsMessage(const FieldDescriptor* field) {
    return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
           field->message_type()->full_name() != "google.protobuf.Duration";
  }

  void WriteMembers(const Message& message, const std::string& path, int indent) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const std::string child = MemberPath(path, field->name());
      const std::string key = absl::StrCat(std::string(indent, ' '), field->name(), ":");
      if (field->is_map()) {
        absl::StrAppend(&text_, key, "\n");
        WriteMap(message, field, child, indent + 2);
      } else if (field->is_repeated()) {
        absl::StrAppend(&text_, key, "\n");
        WriteList(message, field, child, indent + 2);
      } else {
        WriteValue(message, field, -1, child, key, indent + 2);
      }
    }
  }

  void WriteMap(const Message& message, const FieldDescriptor* field, const std::string& path,
                int indent) {
    const Reflection* reflection = message.GetReflection();
    std::map<std::string, const Message*> sorted;
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      const Message& member = reflection->GetRepeatedMessage(message, field, i);
      sorted.emplace(member.GetReflection()->GetString(member, field->message_type()->map_key()),
                     &member);
    }
    for (const auto& [key, member] : sorted) {
      WriteValue(*member, field->message_type()->map_value(), -1, MemberPath(path, key),
                 absl::StrCat(std::string(indent, ' '), KeyText(key), ":"), indent + 2);
    }
  }

  void WriteList(const Message& message, const FieldDescriptor* field, const std::string& path,
                 int indent) {
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      WriteValue(message, field, i, ElementPath(path, static_cast<size_t>(i)),
                 absl::StrCat(std::string(indent, ' '), "-"), indent + 2);
    }
  }

  // One value behind `key`; `index` in a list, else -1.
  void WriteValue(const Message& message, const FieldDescriptor* field, int index,
                  const std::string& path, const std::string& key, int indent) {
    if (!IsMessage(field)) {
      absl::StrAppend(&text_, key, " ", ScalarText(message, field, index), "  # ", PlaceOf(path),
                      "\n");
      return;
    }
    const Reflection* reflection = message.GetReflection();
    const Message& inner = index < 0 ? reflection->GetMessage(message, field)
                                     : reflection->GetRepeatedMessage(message, field, index);
    const size_t before = text_.size();
    absl::StrAppend(&text_, key, "\n");
    const size_t begin = text_.size();
    WriteMembers(inner, path, indent);
    if (text_.size() == begin) {
      text_.resize(before);
      absl::StrAppend(&text_, key, " {}\n");
    }
  }

  static std::string ScalarText(const Message& message, const FieldDescriptor* field, int index) {
    const Reflection* reflection = message.GetReflection();
    const bool single = index < 0;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return JsonQuote(single ? reflection->GetString(message, field)
                                : reflection->GetRepeatedString(message, field, index));
      case FieldDescriptor::CPPTYPE_ENUM:
        return EnumText(single ? reflection->GetEnum(message, field)
                               : reflection->GetRepeatedEnum(message, field, index));
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        google::protobuf::Duration duration;
        duration.CopyFrom(single ? reflection->GetMessage(message, field)
                                 : reflection->GetRepeatedMessage(message, field, index));
        return DurationText(duration);
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection->GetBool(message, field) ? "true" : "false";
      case FieldDescriptor::CPPTYPE_INT32:
        return absl::StrCat(single ? reflection->GetInt32(message, field)
                                   : reflection->GetRepeatedInt32(message, field, index));
      case FieldDescriptor::CPPTYPE_INT64:
        return absl::StrCat(reflection->GetInt64(message, field));
      default:
        return absl::StrCat(reflection->GetDouble(message, field));
    }
  }

  std::string PlaceOf(const std::string& path) const {
    return entry_->PlaceOf(path).value_or("default");
  }

  const ResolvedEntry* const entry_;
  std::string text_;
};

}  // namespace

absl::StatusOr<std::string> ExplainEntry(const std::vector<ProviderCatalog::Source>& sources,
                                         absl::string_view id) {
  std::vector<ConfigProblem> problems;
  std::vector<CatalogSource> read;
  for (const ProviderCatalog::Source& source : sources)
    read.push_back(ReadCatalogSource(source.name, source.yaml, &problems));
  for (const ResolvedEntry& entry : ResolveCatalog(read, &problems)) {
    if (entry.id != std::string(id)) continue;
    config::v1::Provider whole = entry.provider;
    FillDefaults(&whole);
    DropUnusedParameters(&whole);
    return Writer(&entry).Write(whole);
  }
  return absl::NotFoundError("no such entry");
}

}  // namespace evertoken
