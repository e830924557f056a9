#include "server/provider/compiled_profile_map.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/base/proto_time.h"
#include "server/provider/list_mapping.h"
#include "server/provider/profile_bound.h"
#include "server/provider/profile_targets.h"
#include "server/provider/value_finder.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using v1::Profile;

// When the ID token was made, which is when its claims were last seen; `now` where it does not tell or tells the future.
absl::Time TimeOfIdToken(const ProfileDocuments& documents, absl::Time now) {
  const auto claims = documents.by_source.find(kIdTokenSource);
  if (claims == documents.by_source.end()) return now;
  const std::optional<double> seconds = claims->second->root().At("/iat").StrictNumber();
  if (!seconds.has_value() || *seconds <= 0) return now;
  return std::min(now, absl::UnixEpoch() + absl::Seconds(*seconds));
}

// Writes down where fields came from.
class Notes {
 public:
  Notes(const ProfileDocuments& documents, absl::Time now, Profile* profile)
      : now_(ToTimestamp(now)),
        id_token_time_(ToTimestamp(TimeOfIdToken(documents, now))),
        profile_(profile) {}

  void Add(const std::string& field, absl::string_view source) const {
    Profile::FieldProvenance& note = (*profile_->mutable_fields())[field];
    note.set_source(std::string(source));
    *note.mutable_fetch_time() = source == kIdTokenSource ? id_token_time_ : now_;
  }

 private:
  const google::protobuf::Timestamp now_;
  const google::protobuf::Timestamp id_token_time_;
  Profile* const profile_;
};

struct Field {
  ProfileTarget target;
  std::vector<ValueFinder> finders;
};

// Sets the field by the first candidate that can. Returns its document's name; empty: none could.
absl::string_view SetField(const Field& field, const PointerOrigin& origin,
                           google::protobuf::Message* message) {
  std::string scratch;
  for (const ValueFinder& finder : field.finders) {
    const std::optional<ValueFinder::Found> found = finder.Find(origin, &scratch);
    if (found.has_value() && field.target.Set(found->value, message)) return found->source;
  }
  return absl::string_view();
}

}  // namespace

class CompiledProfileMap::Impl {
 public:
  absl::Status Add(const std::string& name, const Provider::FieldMapping& mapping) {
    if (const auto* list = FindProfileList(name); list != nullptr) {
      absl::StatusOr<ListMapping> compiled = ListMapping::Compile(list, mapping);
      if (compiled.ok()) lists_.push_back(*std::move(compiled));
      return compiled.status();
    }
    const bool of_address = IsEmail(name);
    std::optional<ProfileTarget> target =
        of_address ? ProfileTarget::Find(Profile::Email::descriptor(),
                                         name == "email" ? "address" : "verified")
                   : ProfileTarget::Find(Profile::descriptor(), name);
    if (!target.has_value())
      return absl::InvalidArgumentError(absl::StrCat(name, " is no field of a profile"));
    absl::StatusOr<std::vector<ValueFinder>> finders = CompileFinders(mapping);
    if (!finders.ok()) return finders.status();
    Field field{*std::move(target), *std::move(finders)};
    if (!of_address) {
      fields_.push_back(std::move(field));
    } else {
      (name == "email" ? email_ : email_verified_) = std::move(field);
    }
    return absl::OkStatus();
  }

  void Map(const ProfileDocuments& documents, absl::Time now, Profile* profile) const {
    const Notes notes(documents, now, profile);
    const PointerOrigin origin(&documents);
    for (const Field& field : fields_) {
      const absl::string_view source = SetField(field, origin, profile);
      if (!source.empty()) notes.Add(field.target.field(), source);
    }
    const absl::string_view address = MapEmail(origin, profile);
    if (!address.empty()) notes.Add("emails", address);
    for (const ListMapping& list : lists_) {
      const absl::string_view source = list.Append(documents, profile);
      if (list.name() == "emails") TidyEmails(profile);
      const bool known = list.name() == "emails" && !address.empty();
      if (!source.empty() && !known) notes.Add(list.name(), source);
    }
    CutProfile(profile);
  }

 private:
  static bool IsEmail(const std::string& name) {
    return name == "email" || name == "email_verified";
  }

  absl::string_view MapEmail(const PointerOrigin& origin, Profile* profile) const {
    if (!email_.has_value()) return absl::string_view();
    Profile::Email email;
    const absl::string_view source = SetField(*email_, origin, &email);
    if (source.empty()) return source;
    if (email_verified_.has_value()) SetField(*email_verified_, origin, &email);
    email.set_primary(true);
    *profile->add_emails() = std::move(email);
    return source;
  }

  // The list may tell the first address again, with other words about it.
  static void TidyEmails(Profile* profile) {
    auto* emails = profile->mutable_emails();
    for (int i = emails->size() - 1; i > 0; --i) {
      if (emails->Get(i).address() != emails->Get(0).address()) continue;
      if (emails->Get(0).type().empty()) emails->Mutable(0)->set_type(emails->Get(i).type());
      emails->DeleteSubrange(i, 1);
    }
  }

  std::vector<Field> fields_;
  std::optional<Field> email_;
  std::optional<Field> email_verified_;
  std::vector<ListMapping> lists_;
};

CompiledProfileMap::CompiledProfileMap(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
CompiledProfileMap::CompiledProfileMap(CompiledProfileMap&&) = default;
CompiledProfileMap::~CompiledProfileMap() = default;

absl::StatusOr<CompiledProfileMap> CompiledProfileMap::Compile(const Provider& entry) {
  auto impl = std::make_unique<Impl>();
  for (const auto& [name, mapping] : entry.profile_fields()) {
    const absl::Status added = impl->Add(name, mapping);
    if (!added.ok()) return added;
  }
  return CompiledProfileMap(std::move(impl));
}

void CompiledProfileMap::Map(const ProfileDocuments& documents, absl::Time now,
                             Profile* profile) const {
  impl_->Map(documents, now, profile);
}

}  // namespace evertoken
