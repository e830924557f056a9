#include "server/provider/field_reader.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/provider/profile_fields.h"

namespace evertoken {
namespace {

using config::v1::Provider;

constexpr size_t kMostBytes = 2048;

struct Located {
  JsonRef value;
  std::string source;
};

Located Locate(absl::string_view text, const ProfileDocuments& documents) {
  const SourcedPointer pointer = ParseSourcedPointer(text);
  const std::string source = pointer.source.empty() ? documents.main : std::string(pointer.source);
  const auto document = documents.by_source.find(source);
  if (document == documents.by_source.end()) return {JsonRef(), source};
  return {document->second->root().At(pointer.pointer), source};
}

// The first element whose members have the wanted values.
JsonRef Select(JsonRef array, const google::protobuf::Map<std::string, std::string>& where) {
  for (const JsonRef& element : array.Elements()) {
    const bool fits = std::all_of(where.begin(), where.end(), [&](const auto& member) {
      return element.At(member.first).Text() == member.second;
    });
    if (fits) return element;
  }
  return JsonRef();
}

std::optional<FieldValue> ReadConcat(const Provider::Candidate& candidate,
                                     const ProfileDocuments& documents) {
  FieldValue joined;
  for (const std::string& pointer : candidate.concat()) {
    const Located part = Locate(pointer, documents);
    const std::optional<std::string> text = ReadPlainText(part.value);
    if (!text.has_value()) continue;
    absl::StrAppend(&joined.text, joined.text.empty() ? "" : " ", *text);
    joined.source = part.source;
  }
  if (joined.text.empty() || joined.text.size() > kMostBytes) return std::nullopt;
  return joined;
}

std::optional<FieldValue> ReadCandidate(const Provider::Candidate& candidate,
                                        const ProfileDocuments& documents, ReadValue read) {
  if (!candidate.concat().empty()) return ReadConcat(candidate, documents);
  Located located = Locate(candidate.pointer(), documents);
  if (!candidate.where().empty())
    located.value = Select(located.value, candidate.where()).At(candidate.then());
  std::optional<std::string> text;
  if (candidate.map().empty()) {
    text = read(located.value);
  } else {
    const auto mapped = candidate.map().find(located.value.Text().value_or(""));
    if (mapped != candidate.map().end()) text = mapped->second;
  }
  if (!text.has_value() || text->empty()) return std::nullopt;
  return FieldValue{*std::move(text), std::move(located.source)};
}

}  // namespace

std::optional<FieldValue> ReadField(const Provider::FieldMapping& mapping,
                                    const ProfileDocuments& documents, ReadValue read) {
  for (const Provider::Candidate& candidate : mapping.candidates()) {
    std::optional<FieldValue> value = ReadCandidate(candidate, documents, read);
    if (value.has_value()) return value;
  }
  return std::nullopt;
}

std::optional<std::string> ReadPlainText(JsonRef value) {
  std::optional<std::string> text = value.Text();
  if (!text.has_value()) return std::nullopt;
  for (char& c : *text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  absl::StripAsciiWhitespace(&*text);
  if (text->empty() || text->size() > kMostBytes) return std::nullopt;
  return text;
}

std::optional<std::string> ReadUrl(JsonRef value) {
  std::optional<std::string> text = ReadPlainText(value);
  const bool is_url = text.has_value() &&
                      (absl::StartsWith(*text, "https://") || absl::StartsWith(*text, "http://"));
  // Only such a URL is safe as a link or an image's address; `javascript:` is one too.
  if (!is_url || absl::StrContains(*text, ' ')) return std::nullopt;
  return text;
}

std::optional<std::string> ReadBoolean(JsonRef value) {
  const std::optional<std::string> text = value.Text();
  if (text == "true" || text == "1") return "true";
  if (text == "false" || text == "0") return "false";
  return std::nullopt;
}

}  // namespace evertoken
