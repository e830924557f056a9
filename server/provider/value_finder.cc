#include "server/provider/value_finder.h"

#include <re2/re2.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/config/utf8.h"
#include "server/provider/json_pointer.h"
#include "server/provider/value_reader.h"

namespace evertoken {
namespace {

using config::v1::Provider;

constexpr int64_t kMostPatternMemory = 1 << 20;
constexpr size_t kMostSearchedBytes = 8192;

absl::StatusOr<std::vector<std::string>> ParsePointer(absl::string_view text) {
  std::optional<std::vector<std::string>> tokens = ParseJsonPointer(text);
  if (!tokens.has_value())
    return absl::InvalidArgumentError("a pointer of a field mapping is none");
  return *std::move(tokens);
}

using Conditions = std::vector<std::pair<std::vector<std::string>, std::string>>;

bool Fits(JsonRef element, const Conditions& where) {
  return std::all_of(where.begin(), where.end(), [&](const auto& condition) {
    return element.Follow(condition.first).Text() == condition.second;
  });
}

// The first element that fits; an object is an array of one.
JsonRef Select(JsonRef from, const Conditions& where) {
  if (from.is_object()) return Fits(from, where) ? from : JsonRef();
  for (const JsonRef& element : from.Elements()) {
    if (Fits(element, where)) return element;
  }
  return JsonRef();
}

}  // namespace

std::shared_ptr<const re2::RE2> CompileExtract(const std::string& pattern) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kMostPatternMemory);
  auto compiled = std::make_shared<const RE2>(pattern, options);
  return compiled->ok() ? compiled : nullptr;
}

JsonRef PointerOrigin::Root(const std::string& source) const {
  if (documents_ == nullptr) return element_;
  const auto document = documents_->by_source.find(source.empty() ? documents_->main : source);
  return document == documents_->by_source.end() ? JsonRef() : document->second->root();
}

std::string PointerOrigin::NameOf(const std::string& source) const {
  if (documents_ == nullptr) return std::string();
  return source.empty() ? documents_->main : source;
}

absl::StatusOr<PointerPath> PointerPath::Parse(absl::string_view text) {
  const SourcedPointer parts = ParseSourcedPointer(text);
  absl::StatusOr<std::vector<std::string>> tokens = ParsePointer(parts.pointer);
  if (!tokens.ok()) return tokens.status();
  return PointerPath{std::string(parts.source), *std::move(tokens)};
}

ValueFinder::ValueFinder() = default;
ValueFinder::ValueFinder(ValueFinder&&) = default;
ValueFinder& ValueFinder::operator=(ValueFinder&&) = default;
ValueFinder::~ValueFinder() = default;

absl::StatusOr<ValueFinder> ValueFinder::Compile(const Provider::Candidate& candidate) {
  ValueFinder finder;
  absl::StatusOr<PointerPath> pointer = PointerPath::Parse(candidate.pointer());
  if (!pointer.ok()) return pointer.status();
  finder.pointer_ = *std::move(pointer);
  for (const auto& [text, value] : candidate.where()) {
    absl::StatusOr<std::vector<std::string>> member = ParsePointer(text);
    if (!member.ok()) return member.status();
    finder.where_.emplace_back(*std::move(member), value);
  }
  absl::StatusOr<std::vector<std::string>> then = ParsePointer(candidate.then());
  if (!then.ok()) return then.status();
  finder.then_ = *std::move(then);
  for (const std::string& text : candidate.concat()) {
    absl::StatusOr<PointerPath> part = PointerPath::Parse(text);
    if (!part.ok()) return part.status();
    finder.concat_.push_back(*std::move(part));
  }
  if (!candidate.template_().empty()) {
    absl::StatusOr<ValueTemplate> parsed = ValueTemplate::Parse(candidate.template_());
    if (!parsed.ok()) return parsed.status();
    finder.template_ = *std::move(parsed);
  }
  if (!candidate.extract().empty()) {
    finder.extract_ = CompileExtract(candidate.extract());
    if (finder.extract_ == nullptr) return absl::InvalidArgumentError("`extract` is no pattern");
  }
  for (const auto& [from, to] : candidate.map()) finder.map_.emplace(from, to);
  return finder;
}

std::optional<ValueFinder::Found> ValueFinder::Find(const PointerOrigin& origin) const {
  std::optional<Found> found = concat_.empty() ? FindRaw(origin) : Join(origin);
  if (!found.has_value() || !Reshape(&found->value)) return std::nullopt;
  return found;
}

std::optional<ValueFinder::Found> ValueFinder::FindRaw(const PointerOrigin& origin) const {
  JsonRef value = origin.Root(pointer_.source).Follow(pointer_.tokens);
  if (!where_.empty()) value = Select(value, where_).Follow(then_);
  if (!value.exists()) return std::nullopt;
  Found found;
  if (template_.has_value()) {
    std::optional<std::string> text = template_->Expand(value);
    if (!text.has_value()) return std::nullopt;
    found.value.text = *std::move(text);
  } else {
    found.value.json = value;
    found.value.text = value.Text().value_or("");
  }
  found.source = origin.NameOf(pointer_.source);
  return found;
}

std::optional<ValueFinder::Found> ValueFinder::Join(const PointerOrigin& origin) const {
  Found joined;
  for (const PointerPath& part : concat_) {
    std::optional<std::string> words = origin.Root(part.source).Follow(part.tokens).Text();
    const std::optional<std::string> text =
        words.has_value() ? ReadText(ValueKind::kText, *std::move(words)) : std::nullopt;
    if (!text.has_value()) continue;
    absl::StrAppend(&joined.value.text, joined.value.text.empty() ? "" : " ", *text);
    joined.source = origin.NameOf(part.source);
  }
  if (joined.value.text.empty()) return std::nullopt;
  return joined;
}

bool ValueFinder::Reshape(FoundValue* value) const {
  if (extract_ != nullptr) {
    if (value->text.size() > kMostSearchedBytes) return false;
    re2::StringPiece match;
    const bool found =
        extract_->Match(value->text, 0, value->text.size(), RE2::UNANCHORED, &match, 1);
    // A pattern may cut a character in two.
    if (!found || FirstInvalidUtf8({match.data(), match.size()}) != absl::string_view::npos)
      return false;
    *value = FoundValue{JsonRef(), std::string(match)};
  }
  if (map_.empty()) return true;
  auto mapped = map_.find(value->text);
  if (mapped == map_.end() && !value->text.empty()) mapped = map_.find("*");
  if (mapped == map_.end()) return false;
  *value = FoundValue{JsonRef(), mapped->second};
  return true;
}

}  // namespace evertoken
