#ifndef EVERTOKEN_SERVER_PROVIDER_LIST_MAPPING_H_
#define EVERTOKEN_SERVER_PROVIDER_LIST_MAPPING_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/v1/profile.pb.h"
#include "server/provider/profile_documents.h"
#include "server/provider/profile_targets.h"
#include "server/provider/value_finder.h"

namespace evertoken {

// The candidates for a list of the profile, compiled.
class ListMapping {
 public:
  // `list`: see FindProfileList. INVALID_ARGUMENT for what no checked entry has.
  static absl::StatusOr<ListMapping> Compile(const google::protobuf::FieldDescriptor* list,
                                             const config::v1::Provider::FieldMapping& mapping);

  const std::string& name() const { return list_->name(); }

  // Adds what the documents bring, without those that are there already. Returns the name of the document that brought the list, empty
  // or not, as `documents` or the catalogue entry holds it; an empty name: none did.
  absl::string_view Append(const ProfileDocuments& documents, v1::Profile* profile) const;

 private:
  struct Member {
    ProfileTarget target;
    std::vector<ValueFinder> finders;
  };
  struct Candidate {
    PointerPath each;
    std::vector<Member> members;
  };

  static absl::StatusOr<Candidate> CompileCandidate(
      const google::protobuf::Descriptor* element,
      const config::v1::Provider::Candidate& candidate);
  // Keys of the elements that are there, which hold their text.
  using Keys = absl::flat_hash_set<absl::string_view>;
  void AddElement(const Candidate& candidate, JsonRef element, Keys* keys,
                  v1::Profile* profile) const;
  bool IsThere(const v1::Profile& profile, const google::protobuf::Message& element) const;
  const std::string& KeyOf(const google::protobuf::Message& element, std::string* scratch) const;

  const google::protobuf::FieldDescriptor* list_ = nullptr;
  const google::protobuf::FieldDescriptor* key_ =
      nullptr;  // the member that the element defines first
  const google::protobuf::Reflection* of_profile_ = nullptr;
  const google::protobuf::Reflection* of_element_ = nullptr;
  std::vector<Candidate> candidates_;
};

// Compiles the candidates of a field that takes one value.
absl::StatusOr<std::vector<ValueFinder>> CompileFinders(
    const config::v1::Provider::FieldMapping& mapping);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_LIST_MAPPING_H_
