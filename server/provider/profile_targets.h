#ifndef EVERTOKEN_SERVER_PROVIDER_PROFILE_TARGETS_H_
#define EVERTOKEN_SERVER_PROVIDER_PROFILE_TARGETS_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/provider/json_document.h"
#include "server/provider/value_kind.h"

namespace evertoken {

// A value on its way to a field: a view of what it was found in.
struct FoundValue {
  JsonRef json;  // what a pointer led to
  absl::string_view
      text;  // the same as text, or one made of several; empty where `json` is no scalar
};

// A field that takes one value: of a message, or of a message inside of it.
class ProfileTarget {
 public:
  // By the name in a catalogue entry, `gender` or `country.code`. nullopt where `message` has no such field, or where a mapping
  // cannot set it.
  static std::optional<ProfileTarget> Find(const google::protobuf::Descriptor* message,
                                           absl::string_view name);

  // The field of `message` itself, `country` for `country.code`.
  const std::string& field() const { return path_.front()->name(); }

  // Sets the field when `value` can become its value, else changes nothing and returns false.
  bool Set(const FoundValue& value, google::protobuf::Message* message) const;

 private:
  bool Write(const FoundValue& value, google::protobuf::Message* owner) const;
  google::protobuf::Message* Owner(google::protobuf::Message* message) const;

  std::vector<const google::protobuf::FieldDescriptor*> path_;
  const google::protobuf::Reflection* reflection_ =
      nullptr;  // of the message that has the last one
  ValueKind kind_ = ValueKind::kText;
};

// The list of evertoken.v1.Profile with this name; null: there is none.
const google::protobuf::FieldDescriptor* FindProfileList(absl::string_view name);

// What `profile_fields` of a catalogue entry may name, for messages.
std::vector<std::string> ProfileFieldNames();

// The members that an element of `list` may have, for messages.
std::vector<std::string> MemberNames(const google::protobuf::Descriptor* message);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROFILE_TARGETS_H_
