#include "server/broker/profile_merge.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/message_differencer.h>

#include <string>
#include <vector>

namespace evertoken {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

// The catalogue's name for what a token reply or the callback brought (FieldProvenance.source).
constexpr char kKept[] = "kept";

bool IsWholeValue(const FieldDescriptor& field) {
  // Provenance is a map: its entries are replaced one by one.
  if (field.is_map()) return false;
  // A list that came is the whole list; MergeFrom would append.
  if (field.is_repeated()) return true;
  // Half of a time is none.
  return field.message_type() == google::protobuf::Timestamp::descriptor();
}

bool IsSame(const v1::Profile& a, const v1::Profile& b, const std::string& name) {
  const FieldDescriptor* field = v1::Profile::descriptor()->FindFieldByName(name);
  if (field == nullptr) return false;
  google::protobuf::util::MessageDifferencer differencer;
  return differencer.CompareWithFields(a, b, {field}, {field});
}

// Values that are read again from what is kept are not seen again at the provider.
void KeepAges(const v1::Profile& known, v1::Profile* merged) {
  for (const auto& [name, before] : known.fields()) {
    const auto after = merged->mutable_fields()->find(name);
    const bool kept_again = after != merged->mutable_fields()->end() && before.source() == kKept &&
                            after->second.source() == kKept;
    if (kept_again && IsSame(known, *merged, name)) after->second = before;
  }
}

}  // namespace

v1::Profile MergeProfiles(const v1::Profile& known, const v1::Profile& fetched) {
  v1::Profile merged = known;
  merged.clear_raw();
  // These speak of one fetch and are never inherited.
  merged.clear_missing_scopes();

  const Reflection& reflection = *v1::Profile::GetReflection();
  std::vector<const FieldDescriptor*> brought;
  reflection.ListFields(fetched, &brought);
  for (const FieldDescriptor* field : brought) {
    if (IsWholeValue(*field)) reflection.ClearField(&merged, field);
  }
  for (const auto& [name, unused] : fetched.fields()) {
    const FieldDescriptor* field = v1::Profile::descriptor()->FindFieldByName(name);
    if (field != nullptr && field->is_repeated() && !field->is_map())
      reflection.ClearField(&merged, field);
  }
  v1::Profile part = fetched;
  part.clear_raw();
  merged.MergeFrom(part);
  KeepAges(known, &merged);
  return merged;
}

}  // namespace evertoken
