#include "server/provider/unused_parameters.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Whether a text anywhere in `message` holds `text`.
bool Mentions(const Message& message, const std::string& text) {
  const Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool is_text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    if (!is_text && field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (is_text) {
        const std::string value = field->is_repeated()
                                      ? reflection->GetRepeatedString(message, field, i)
                                      : reflection->GetString(message, field);
        if (absl::StrContains(value, text)) return true;
      } else if (Mentions(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                               : reflection->GetMessage(message, field),
                          text)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

void DropUnusedParameters(config::v1::Provider* provider) {
  std::vector<std::string> unused;
  for (const auto& [name, parameter] : provider->instance_parameters()) {
    if (!Mentions(*provider, absl::StrCat("{instance:", name, "}"))) unused.push_back(name);
  }
  for (const std::string& name : unused) provider->mutable_instance_parameters()->erase(name);
}

}  // namespace evertoken
