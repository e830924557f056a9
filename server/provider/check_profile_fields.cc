#include "server/provider/check_profile_fields.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "evertoken/v1/profile.pb.h"
#include "server/provider/json_pointer.h"
#include "server/provider/profile_documents.h"
#include "server/provider/profile_targets.h"
#include "server/provider/value_finder.h"
#include "server/provider/value_template.h"

namespace evertoken {
namespace {

using config::v1::Provider;

// Where a candidate's pointers begin.
enum class Begin { kDocuments, kElement };

void CheckSource(const std::string& path, const SourcedPointer& pointer,
                 EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  if (pointer.source == kIdTokenSource) {
    if (provider.issuer().empty())
      inspector->Problem(path, "`id_token:` needs the entry's `issuer`");
    return;
  }
  if (pointer.source == kKeptSource) {
    const auto tokens = ParseJsonPointer(pointer.pointer);
    const bool known = tokens.has_value() && !tokens->empty() && inspector->Keeps(tokens->front());
    if (!known)
      inspector->Problem(path, "`kept:` needs the name of what a reply or the callback brings");
    return;
  }
  const auto& calls = provider.profile_calls();
  const bool known = std::any_of(calls.begin(), calls.end(),
                                 [&](const auto& call) { return call.name() == pointer.source; });
  if (!known) inspector->Problem(path, "names a source that is no profile call, id_token or kept");
}

// A pointer with the name of its source in front, `people:/genders`.
void CheckSourcedPointer(const std::string& path, const std::string& text, Begin begin,
                         EntryInspector* inspector) {
  const SourcedPointer pointer = ParseSourcedPointer(text);
  inspector->CheckPointer(path, std::string(pointer.pointer));
  if (pointer.source.empty()) return;
  if (begin == Begin::kElement)
    return inspector->Problem(path, "begins at the element and names no source");
  CheckSource(path, pointer, inspector);
}

void CheckShape(const std::string& path, const Provider::Candidate& candidate,
                EntryInspector* inspector) {
  const bool has_template = !candidate.template_().empty();
  if (candidate.pointer().empty() && candidate.concat().empty() && candidate.where().empty() &&
      !has_template) {
    inspector->Problem(path, "needs `pointer`, `concat` or `template`");
  }
  if (!candidate.concat().empty() && (!candidate.pointer().empty() || !candidate.where().empty() ||
                                      !candidate.then().empty() || has_template)) {
    inspector->Problem(path, "`pointer`, `where`, `then` and `template` do not go with `concat`");
  }
  if (!candidate.then().empty() && (candidate.where().empty() || has_template))
    inspector->Problem(path + ".then", "needs `where`, and no `template`");
  if (!candidate.each().empty() || !candidate.members().empty())
    inspector->Problem(path, "`each` and `members` are for lists");
}

// A candidate for one value.
void CheckCandidate(const std::string& path, const Provider::Candidate& candidate, Begin begin,
                    EntryInspector* inspector) {
  CheckShape(path, candidate, inspector);
  CheckSourcedPointer(path + ".pointer", candidate.pointer(), begin, inspector);
  for (int i = 0; i < candidate.concat_size(); ++i) {
    CheckSourcedPointer(ElementPath(path + ".concat", static_cast<size_t>(i)), candidate.concat(i),
                        begin, inspector);
  }
  for (const auto& [pointer, value] : candidate.where())
    inspector->CheckPointer(MemberPath(path + ".where", pointer), pointer);
  inspector->CheckPointer(path + ".then", candidate.then());
  const absl::StatusOr<ValueTemplate> text = ValueTemplate::Parse(candidate.template_());
  if (!text.ok()) inspector->Problem(path + ".template", std::string(text.status().message()));
  if (!candidate.extract().empty() && CompileExtract(candidate.extract()) == nullptr)
    inspector->Problem(path + ".extract", "is not an RE2 pattern");
}

void CheckCandidates(const std::string& path, const Provider::FieldMapping& mapping, Begin begin,
                     EntryInspector* inspector) {
  if (mapping.candidates().empty()) inspector->Problem(path, "needs at least one candidate");
  for (int i = 0; i < mapping.candidates_size(); ++i) {
    CheckCandidate(ElementPath(path, static_cast<size_t>(i)), mapping.candidates(i), begin,
                   inspector);
  }
}

void CheckMembers(const std::string& path, const google::protobuf::Descriptor* element,
                  const Provider::Candidate& candidate, EntryInspector* inspector) {
  const std::string& key = element->field(0)->name();
  if (!candidate.members().contains(key)) {
    inspector->Problem(path + ".members",
                       absl::StrCat("needs `", key, "`: elements without it are left out"));
  }
  for (const auto& [name, mapping] : candidate.members()) {
    const std::string at = MemberPath(path + ".members", name);
    if (!ProfileTarget::Find(element, name).has_value()) {
      inspector->Problem(
          at, absl::StrCat("unknown member; known: ", absl::StrJoin(MemberNames(element), ", ")));
    }
    CheckCandidates(at, mapping, Begin::kElement, inspector);
  }
}

void CheckList(const std::string& path, const google::protobuf::FieldDescriptor* list,
               const Provider::FieldMapping& mapping, EntryInspector* inspector) {
  if (mapping.candidates().empty()) inspector->Problem(path, "needs at least one candidate");
  for (int i = 0; i < mapping.candidates_size(); ++i) {
    const Provider::Candidate& candidate = mapping.candidates(i);
    const std::string at = ElementPath(path, static_cast<size_t>(i));
    Provider::Candidate rest = candidate;
    rest.clear_each();
    rest.clear_members();
    if (rest.ByteSizeLong() > 0)
      inspector->Problem(at, "is a list: takes `each` and `members`, and nothing else");
    CheckSourcedPointer(at + ".each", candidate.each(), Begin::kDocuments, inspector);
    CheckMembers(at, list->message_type(), candidate, inspector);
  }
}

bool IsFieldOfOneValue(const std::string& name) {
  return name == "email" || name == "email_verified" ||
         ProfileTarget::Find(v1::Profile::descriptor(), name).has_value();
}

}  // namespace

void CheckProfileFields(EntryInspector* inspector) {
  const auto& fields = inspector->provider().profile_fields();
  if (!fields.contains("subject")) inspector->Problem("profile_fields.subject", "is required");
  for (const auto& [name, mapping] : fields) {
    const std::string path = MemberPath("profile_fields", name);
    if (const auto* list = FindProfileList(name); list != nullptr) {
      CheckList(path, list, mapping, inspector);
    } else if (IsFieldOfOneValue(name)) {
      CheckCandidates(path, mapping, Begin::kDocuments, inspector);
    } else {
      inspector->Problem(
          path, absl::StrCat("unknown field; known: ", absl::StrJoin(ProfileFieldNames(), ", ")));
    }
  }
}

}  // namespace evertoken
