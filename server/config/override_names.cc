#include "server/config/override_names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"

namespace evertoken {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

void Collect(const Descriptor* type, const std::string& prefix, std::vector<std::string>* names);

void CollectField(const FieldDescriptor* field, const std::string& prefix,
                  std::vector<std::string>* names) {
  std::string name = absl::StrCat(prefix, absl::AsciiStrToUpper(field->name()));
  if (field->is_map()) {
    absl::StrAppend(&name, "__NAME");
    field = field->message_type()->map_value();
  } else if (field->is_repeated()) {
    absl::StrAppend(&name, "__0");
  }
  const Descriptor* type = field->message_type();
  if (type == nullptr || type == google::protobuf::Duration::descriptor() ||
      type->field_count() == 0) {
    names->push_back(name);
  } else {
    Collect(type, absl::StrCat(name, "__"), names);
  }
}

void Collect(const Descriptor* type, const std::string& prefix, std::vector<std::string>* names) {
  for (int i = 0; i < type->field_count(); ++i) CollectField(type->field(i), prefix, names);
}

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

}  // namespace

std::vector<std::string> OverrideNames(const Descriptor* root) {
  std::vector<std::string> names;
  Collect(root, "EVERTOKEN_", &names);
  return names;
}

bool IsForeignVariable(absl::string_view name) {
  if (name == "EVERTOKEN_DEPS") return true;
  if (absl::StrContains(name, "__")) return false;
  if (absl::EndsWith(name, "_SERVICE_HOST") || absl::StrContains(name, "_SERVICE_PORT"))
    return true;
  const std::vector<absl::string_view> words = absl::StrSplit(name, '_');
  const auto port = std::find(words.begin(), words.end(), "PORT");
  return port != words.end() && (port + 1 == words.end() || AllDigits(*(port + 1)));
}

}  // namespace evertoken
