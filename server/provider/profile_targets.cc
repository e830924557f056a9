#include "server/provider/profile_targets.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "evertoken/v1/profile.pb.h"
#include "server/base/proto_time.h"
#include "server/provider/birth_date.h"
#include "server/provider/value_reader.h"

namespace evertoken {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsTime(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == google::protobuf::Timestamp::descriptor();
}

// What the server itself says of a profile.
bool IsOurs(const FieldDescriptor& field) {
  if (field.containing_type() != v1::Profile::descriptor()) return false;
  switch (field.number()) {
    case v1::Profile::kProviderFieldNumber:
    case v1::Profile::kFetchTimeFieldNumber:
    case v1::Profile::kFieldsFieldNumber:
    case v1::Profile::kMissingScopesFieldNumber:
    case v1::Profile::kRawFieldNumber:
      return true;
    default:
      return false;
  }
}

ValueKind KindOfText(const std::string& name) {
  if (name == "picture_url" || name == "image_url") return ValueKind::kPictureUrl;
  if (name == "url" || absl::EndsWith(name, "_url")) return ValueKind::kUrl;
  if (name == "birth_date") return ValueKind::kBirthDate;
  if (name == "date" || absl::EndsWith(name, "_date")) return ValueKind::kDate;
  if (name == "locale") return ValueKind::kLocale;
  if (name == "formatted") return ValueKind::kLines;
  if (name == "about" || name == "summary" || name == "text") return ValueKind::kLongText;
  return ValueKind::kText;
}

std::optional<ValueKind> KindOf(const FieldDescriptor& field) {
  if (field.is_repeated() || IsOurs(field)) return std::nullopt;
  if (IsTime(field)) return ValueKind::kTime;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return ValueKind::kBoolean;
    case FieldDescriptor::CPPTYPE_INT32:
      return ValueKind::kInt32;
    case FieldDescriptor::CPPTYPE_INT64:
      return ValueKind::kInt64;
    case FieldDescriptor::CPPTYPE_STRING:
      // A picture's own address may be the picture itself.
      if (field.containing_type() == v1::Profile::Picture::descriptor() && field.name() == "url")
        return ValueKind::kPictureUrl;
      return KindOfText(field.name());
    default:
      return std::nullopt;
  }
}

void AppendNames(const Descriptor* message, const std::string& prefix,
                 std::vector<std::string>* names) {
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor& field = *message->field(i);
    const std::string name = absl::StrCat(prefix, field.name());
    if (KindOf(field).has_value()) {
      names->push_back(name);
    } else if (!field.is_repeated() && field.message_type() != nullptr && !IsOurs(field)) {
      AppendNames(field.message_type(), absl::StrCat(name, "."), names);
    }
  }
}

}  // namespace

std::optional<ProfileTarget> ProfileTarget::Find(const Descriptor* message,
                                                 absl::string_view name) {
  ProfileTarget target;
  for (absl::string_view part : absl::StrSplit(name, '.')) {
    if (message == nullptr) return std::nullopt;
    const FieldDescriptor* field = message->FindFieldByName(std::string(part));
    if (field == nullptr || field->is_repeated() || IsOurs(*field)) return std::nullopt;
    target.path_.push_back(field);
    message = IsTime(*field) ? nullptr : field->message_type();
  }
  const std::optional<ValueKind> kind = KindOf(*target.path_.back());
  if (!kind.has_value()) return std::nullopt;
  target.kind_ = *kind;
  target.reflection_ = google::protobuf::MessageFactory::generated_factory()
                           ->GetPrototype(target.path_.back()->containing_type())
                           ->GetReflection();
  return target;
}

Message* ProfileTarget::Owner(Message* message) const {
  for (size_t i = 0; i + 1 < path_.size(); ++i)
    message = message->GetReflection()->MutableMessage(message, path_[i]);
  return message;
}

bool ProfileTarget::Set(const FoundValue& value, Message* message) const {
  if (path_.size() == 1) return Write(value, message);
  const google::protobuf::Reflection& reflection = *message->GetReflection();
  const FieldDescriptor& outer = *path_.front();
  const bool was_there = reflection.HasField(*message, &outer);
  if (Write(value, Owner(message))) return true;
  // An inner message that holds nothing says nothing.
  if (!was_there) reflection.ClearField(message, &outer);
  return false;
}

bool ProfileTarget::Write(const FoundValue& value, Message* owner) const {
  const google::protobuf::Reflection& reflection = *reflection_;
  const FieldDescriptor* field = path_.back();
  if (kind_ == ValueKind::kBoolean) {
    const std::optional<bool> truth = ReadBoolean(value.text);
    if (truth.has_value()) reflection.SetBool(owner, field, *truth);
    return truth.has_value();
  }
  if (kind_ == ValueKind::kInt32 || kind_ == ValueKind::kInt64) {
    const std::optional<int64_t> number = ReadInteger(kind_, value.text);
    if (!number.has_value()) return false;
    if (kind_ == ValueKind::kInt64) {
      reflection.SetInt64(owner, field, *number);
    } else {
      reflection.SetInt32(owner, field, static_cast<int32_t>(*number));
    }
    return true;
  }
  if (kind_ == ValueKind::kTime) {
    const std::optional<absl::Time> time = ReadTime(value.text);
    if (time.has_value()) reflection.MutableMessage(owner, field)->CopyFrom(ToTimestamp(*time));
    return time.has_value();
  }
  std::optional<std::string> text;
  if (value.json.is_object()) {
    if (kind_ == ValueKind::kDate) text = ReadDate(value.json);
    if (kind_ == ValueKind::kBirthDate) text = ReadBirthDate(value.json);
  } else {
    text = ReadText(kind_, value.text);
  }
  if (text.has_value()) reflection.SetString(owner, field, *std::move(text));
  return text.has_value();
}

const FieldDescriptor* FindProfileList(absl::string_view name) {
  const FieldDescriptor* field = v1::Profile::descriptor()->FindFieldByName(std::string(name));
  const bool is_list =
      field != nullptr && field->is_repeated() && !field->is_map() && !IsOurs(*field);
  return is_list ? field : nullptr;
}

std::vector<std::string> ProfileFieldNames() {
  std::vector<std::string> names = MemberNames(v1::Profile::descriptor());
  names.insert(names.end(), {"email", "email_verified"});
  for (int i = 0; i < v1::Profile::descriptor()->field_count(); ++i) {
    const std::string& name = v1::Profile::descriptor()->field(i)->name();
    if (FindProfileList(name) != nullptr) names.push_back(name);
  }
  return names;
}

std::vector<std::string> MemberNames(const Descriptor* message) {
  std::vector<std::string> names;
  AppendNames(message, "", &names);
  return names;
}

}  // namespace evertoken
