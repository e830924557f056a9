#include "tests/hostile_provider/json_fields.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"

namespace evertoken::hostile {
namespace {

constexpr size_t kMostMembers = 20;
constexpr size_t kLongestText = 1000;

// What may stand in a header's value.
bool IsPrintable(absl::string_view text) {
  return text.size() <= kLongestText && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isprint(static_cast<unsigned char>(c));
         });
}

bool IsHeaderName(absl::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
  });
}

boost::json::string_view KeyOf(absl::string_view name) { return {name.data(), name.size()}; }

}  // namespace

void JsonFields::Read(absl::string_view name, std::string* value) { ReadText(name, value); }

void JsonFields::Read(absl::string_view name, bool* value) {
  const boost::json::value* const found = Take(name);
  if (found == nullptr) return;
  if (!found->is_bool()) return Complain(name, "must be true or false");
  *value = found->get_bool();
}

void JsonFields::Read(absl::string_view name, double* value) {
  const boost::json::value* const found = Take(name);
  if (found == nullptr) return;
  if (!found->is_number()) return Complain(name, "must be a number");
  *value = found->to_number<double>();
}

void JsonFields::Read(absl::string_view name, int64_t* value, int64_t least, int64_t most) {
  const boost::json::value* const found = Take(name);
  if (found == nullptr) return;
  if (!found->is_int64() || found->get_int64() < least || found->get_int64() > most)
    return Complain(name, absl::StrCat("must be a whole number from ", least, " to ", most));
  *value = found->get_int64();
}

void JsonFields::Read(absl::string_view name, absl::Duration* value, absl::Duration least,
                      absl::Duration most) {
  std::string text;
  if (!ReadText(name, &text)) return;
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < least || duration > most) {
    return Complain(name,
                    absl::StrCat("must be a duration like 500ms, 30s or 2h, from ",
                                 absl::FormatDuration(least), " to ", absl::FormatDuration(most)));
  }
  *value = duration;
}

void JsonFields::Read(absl::string_view name,
                      std::vector<std::pair<std::string, std::string>>* value) {
  const boost::json::object* const members = Object(name);
  if (members == nullptr) return;
  if (members->size() > kMostMembers)
    return Complain(name, absl::StrCat("must have at most ", kMostMembers, " members"));
  for (const auto& member : *members) {
    const std::string key(member.key().data(), member.key().size());
    const bool good = IsHeaderName(key) && member.value().is_string() &&
                      IsPrintable(member.value().get_string().c_str());
    if (!good) return Complain(name, "must be header names and printable strings");
    value->emplace_back(absl::AsciiStrToLower(key), member.value().get_string().c_str());
  }
}

const boost::json::object* JsonFields::Object(absl::string_view name) {
  const boost::json::value* const found = Take(name);
  if (found == nullptr) return nullptr;
  if (!found->is_object()) Complain(name, "must be an object");
  return found->if_object();
}

bool JsonFields::Has(absl::string_view name) const { return object_.contains(KeyOf(name)); }

void JsonFields::Complain(absl::string_view name, absl::string_view problem) {
  problems_.push_back(absl::StrCat(name, " ", problem));
}

absl::Status JsonFields::Finish() {
  for (const auto& member : object_) {
    const std::string key(member.key().data(), member.key().size());
    if (std::find(known_.begin(), known_.end(), key) == known_.end())
      problems_.push_back(
          absl::StrCat(key, " is unknown; known are ", absl::StrJoin(known_, ", ")));
  }
  if (problems_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems_, "; "));
}

const boost::json::value* JsonFields::Take(absl::string_view name) {
  known_.emplace_back(name);
  return object_.if_contains(KeyOf(name));
}

bool JsonFields::ReadText(absl::string_view name, std::string* text) {
  const boost::json::value* const found = Take(name);
  if (found == nullptr) return false;
  if (!found->is_string() || !IsPrintable(found->get_string().c_str())) {
    Complain(name, absl::StrCat("must be a string of at most ", kLongestText, " printable bytes"));
    return false;
  }
  *text = found->get_string().c_str();
  return true;
}

}  // namespace evertoken::hostile
