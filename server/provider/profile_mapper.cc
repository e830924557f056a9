#include "server/provider/profile_mapper.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/base/proto_time.h"
#include "server/provider/birth_date.h"

namespace evertoken {
namespace {

using v1::Profile;

// BCP 47 writes hyphens where some providers write underscores.
std::optional<std::string> ReadLocale(JsonRef value) {
  std::optional<std::string> text = ReadPlainText(value);
  if (text.has_value()) std::replace(text->begin(), text->end(), '_', '-');
  return text;
}

// How a field is read and where it goes.
struct Field {
  const char* name;
  std::optional<std::string> (*read)(JsonRef);
  void (Profile::*set)(std::string&&);
};

constexpr Field kFields[] = {
    {"subject", ReadPlainText, &Profile::set_subject<std::string>},
    {"display_name", ReadPlainText, &Profile::set_display_name<std::string>},
    {"given_name", ReadPlainText, &Profile::set_given_name<std::string>},
    {"family_name", ReadPlainText, &Profile::set_family_name<std::string>},
    {"username", ReadPlainText, &Profile::set_username<std::string>},
    {"picture_url", ReadUrl, &Profile::set_picture_url<std::string>},
    {"profile_url", ReadUrl, &Profile::set_profile_url<std::string>},
    {"locale", ReadLocale, &Profile::set_locale<std::string>},
    {"gender", ReadPlainText, &Profile::set_gender<std::string>},
    {"birth_date", ReadBirthDate, &Profile::set_birth_date<std::string>},
    {"time_zone", ReadPlainText, &Profile::set_time_zone<std::string>},
};

class Mapper {
 public:
  Mapper(const config::v1::Provider& entry, const ProfileDocuments& documents, absl::Time now)
      : entry_(entry), documents_(documents), now_(now) {}

  std::optional<FieldValue> Read(const char* name, ReadValue read) const {
    const auto mapping = entry_.profile_fields().find(name);
    if (mapping == entry_.profile_fields().end()) return std::nullopt;
    return ReadField(mapping->second, documents_, read);
  }

  void Note(const char* name, const std::string& source, Profile* profile) const {
    Profile::FieldProvenance& provenance = (*profile->mutable_fields())[name];
    provenance.set_source(source);
    *provenance.mutable_fetch_time() = ToTimestamp(now_);
  }

 private:
  const config::v1::Provider& entry_;
  const ProfileDocuments& documents_;
  const absl::Time now_;
};

void MapEmail(const Mapper& mapper, Profile* profile) {
  std::optional<FieldValue> address = mapper.Read("email", ReadPlainText);
  if (!address.has_value()) return;
  const std::optional<FieldValue> verified = mapper.Read("email_verified", ReadBoolean);
  Profile::Email* email = profile->add_emails();
  email->set_address(std::move(address->text));
  email->set_verified(verified.has_value() && verified->text == "true");
  email->set_primary(true);
  mapper.Note("emails", address->source, profile);
}

}  // namespace

Profile MapProfile(const ProviderBinding& binding, const ProfileDocuments& documents,
                   absl::Time now) {
  Profile profile;
  profile.set_provider(binding.provider);
  *profile.mutable_fetch_time() = ToTimestamp(now);
  const Mapper mapper(*binding.entry, documents, now);
  for (const Field& field : kFields) {
    std::optional<FieldValue> value = mapper.Read(field.name, field.read);
    if (!value.has_value()) continue;
    (profile.*field.set)(std::move(value->text));
    mapper.Note(field.name, value->source, &profile);
  }
  MapEmail(mapper, &profile);
  return profile;
}

}  // namespace evertoken
