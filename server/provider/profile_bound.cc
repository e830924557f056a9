#include "server/provider/profile_bound.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "absl/strings/match.h"

namespace evertoken {
namespace {

using google::protobuf::FieldDescriptor;

size_t SizeOf(const v1::Profile& profile) {
  const bool holds_picture = absl::StartsWith(profile.picture_url(), "data:");
  return profile.ByteSizeLong() - (holds_picture ? profile.picture_url().size() : 0);
}

// Halves a list until it fits, or is gone.
void CutList(const FieldDescriptor* list, v1::Profile* profile) {
  const google::protobuf::Reflection& reflection = *v1::Profile::GetReflection();
  while (SizeOf(*profile) > kMostProfileBytes) {
    const int size = reflection.FieldSize(*profile, list);
    if (size == 0) return;
    for (int i = size / 2; i < size; ++i) reflection.RemoveLast(profile, list);
  }
}

}  // namespace

bool CutProfile(v1::Profile* profile) {
  if (SizeOf(*profile) <= kMostProfileBytes) return false;
  const google::protobuf::Descriptor& descriptor = *v1::Profile::descriptor();
  for (int i = descriptor.field_count() - 1; i >= 0; --i) {
    const FieldDescriptor* field = descriptor.field(i);
    if (field->is_repeated() && !field->is_map() && field->message_type() != nullptr)
      CutList(field, profile);
  }
  for (int i = descriptor.field_count() - 1; i >= 0 && SizeOf(*profile) > kMostProfileBytes; --i) {
    const FieldDescriptor* field = descriptor.field(i);
    const bool is_name = field->number() == v1::Profile::kProviderFieldNumber ||
                         field->number() == v1::Profile::kSubjectFieldNumber;
    if (!field->is_repeated() && !is_name) {
      v1::Profile::GetReflection()->ClearField(profile, field);
    }
  }
  return true;
}

}  // namespace evertoken
