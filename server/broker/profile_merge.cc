#include "server/broker/profile_merge.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <vector>

namespace evertoken {

v1::Profile MergeProfiles(const v1::Profile& known, const v1::Profile& fetched) {
  v1::Profile merged = known;
  merged.clear_raw();
  // These speak of one fetch and are never inherited.
  merged.clear_missing_scopes();

  const google::protobuf::Reflection& reflection = *v1::Profile::GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> brought;
  reflection.ListFields(fetched, &brought);
  v1::Profile part = fetched;
  part.clear_raw();
  for (const google::protobuf::FieldDescriptor* field : brought) {
    // A list that came is the whole list; MergeFrom would append. Provenance is a map: its entries are replaced one by one.
    if (field->is_repeated() && !field->is_map()) reflection.ClearField(&merged, field);
  }
  merged.MergeFrom(part);
  return merged;
}

}  // namespace evertoken
