#include "server/provider/list_mapping.h"

#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kMostElements = 100;

}  // namespace

absl::StatusOr<std::vector<ValueFinder>> CompileFinders(const Provider::FieldMapping& mapping) {
  std::vector<ValueFinder> finders;
  for (const Provider::Candidate& candidate : mapping.candidates()) {
    absl::StatusOr<ValueFinder> finder = ValueFinder::Compile(candidate);
    if (!finder.ok()) return finder.status();
    finders.push_back(*std::move(finder));
  }
  return finders;
}

absl::StatusOr<ListMapping> ListMapping::Compile(const FieldDescriptor* list,
                                                 const Provider::FieldMapping& mapping) {
  ListMapping compiled;
  compiled.list_ = list;
  compiled.of_profile_ = v1::Profile::GetReflection();
  compiled.key_ = list->message_type()->field(0);
  compiled.of_element_ = google::protobuf::MessageFactory::generated_factory()
                             ->GetPrototype(list->message_type())
                             ->GetReflection();
  for (const Provider::Candidate& candidate : mapping.candidates()) {
    absl::StatusOr<Candidate> one = CompileCandidate(list->message_type(), candidate);
    if (!one.ok()) return one.status();
    compiled.candidates_.push_back(*std::move(one));
  }
  return compiled;
}

absl::StatusOr<ListMapping::Candidate> ListMapping::CompileCandidate(
    const Descriptor* element, const Provider::Candidate& candidate) {
  Candidate compiled;
  absl::StatusOr<PointerPath> each = PointerPath::Parse(candidate.each());
  if (!each.ok()) return each.status();
  compiled.each = *std::move(each);
  for (const auto& [name, mapping] : candidate.members()) {
    std::optional<ProfileTarget> target = ProfileTarget::Find(element, name);
    if (!target.has_value())
      return absl::InvalidArgumentError(absl::StrCat(name, " is no member of a list's element"));
    absl::StatusOr<std::vector<ValueFinder>> finders = CompileFinders(mapping);
    if (!finders.ok()) return finders.status();
    compiled.members.push_back({*std::move(target), *std::move(finders)});
  }
  return compiled;
}

absl::string_view ListMapping::Append(const ProfileDocuments& documents,
                                      v1::Profile* profile) const {
  const PointerOrigin origin(&documents);
  const Reflection& reflection = *of_profile_;
  absl::string_view source;
  std::string scratch;
  Keys keys;
  for (int i = 0; i < reflection.FieldSize(*profile, list_); ++i)
    keys.insert(KeyOf(reflection.GetRepeatedMessage(*profile, list_, i), &scratch));
  for (const Candidate& candidate : candidates_) {
    const JsonRef from = origin.Root(candidate.each.source).Follow(candidate.each.tokens);
    const int before = reflection.FieldSize(*profile, list_);
    if (from.is_object()) {
      AddElement(candidate, from, &keys, profile);
    } else {
      std::vector<JsonRef> elements = from.Elements();
      if (elements.size() > kMostElements) elements.resize(kMostElements);
      keys.reserve(keys.size() + elements.size());
      for (const JsonRef& element : elements) AddElement(candidate, element, &keys, profile);
    }
    // An array tells what there is also when it is empty; an object that lacks the members tells nothing.
    const bool told = from.is_array() || reflection.FieldSize(*profile, list_) > before;
    if (told && source.empty()) source = origin.NameOf(candidate.each.source);
  }
  return source;
}

void ListMapping::AddElement(const Candidate& candidate, JsonRef element, Keys* keys,
                             v1::Profile* profile) const {
  Message* added = of_profile_->AddMessage(profile, list_);
  const PointerOrigin origin(element);
  std::string scratch;
  for (const Member& member : candidate.members) {
    for (const ValueFinder& finder : member.finders) {
      const std::optional<ValueFinder::Found> found = finder.Find(origin, &scratch);
      if (found.has_value() && member.target.Set(found->value, added)) break;
    }
  }
  const std::string& key = KeyOf(*added, &scratch);
  const bool wanted = !key.empty() && (keys->insert(key).second || !IsThere(*profile, *added));
  if (!wanted) of_profile_->RemoveLast(profile, list_);
}

// Whether an element before the last one is the same.
bool ListMapping::IsThere(const v1::Profile& profile, const Message& element) const {
  const int last = of_profile_->FieldSize(profile, list_) - 1;
  for (int i = 0; i < last; ++i) {
    const Message& other = of_profile_->GetRepeatedMessage(profile, list_, i);
    if (google::protobuf::util::MessageDifferencer::Equals(other, element)) return true;
  }
  return false;
}

const std::string& ListMapping::KeyOf(const Message& element, std::string* scratch) const {
  return of_element_->GetStringReference(element, key_, scratch);
}

}  // namespace evertoken
