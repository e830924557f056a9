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
  std::string scratch;
  return std::all_of(where.begin(), where.end(), [&](const auto& condition) {
    return element.Follow(condition.first).TextView(&scratch) ==
           absl::string_view(condition.second);
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

PointerOrigin::PointerOrigin(const ProfileDocuments* documents) : documents_(documents) {
  main_ = Root(documents->main);
}

JsonRef PointerOrigin::Root(const std::string& source) const {
  if (documents_ == nullptr || source.empty()) return main_;
  const auto document = documents_->by_source.find(source);
  return document == documents_->by_source.end() ? JsonRef() : document->second->root();
}

absl::string_view PointerOrigin::NameOf(absl::string_view source) const {
  if (documents_ == nullptr) return absl::string_view();
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

std::optional<ValueFinder::Found> ValueFinder::Find(const PointerOrigin& origin,
                                                    std::string* scratch) const {
  std::optional<Found> found = concat_.empty() ? FindRaw(origin, scratch) : Join(origin, scratch);
  if (!found.has_value() || !Reshape(&found->value)) return std::nullopt;
  return found;
}

std::optional<ValueFinder::Found> ValueFinder::FindRaw(const PointerOrigin& origin,
                                                       std::string* scratch) const {
  JsonRef value = origin.Root(pointer_.source).Follow(pointer_.tokens);
  if (!where_.empty()) value = Select(value, where_).Follow(then_);
  if (!value.exists()) return std::nullopt;
  const absl::string_view source = origin.NameOf(pointer_.source);
  if (!template_.has_value()) return Found{{value, value.TextView(scratch).value_or("")}, source};
  std::optional<std::string> text = template_->Expand(value);
  if (!text.has_value()) return std::nullopt;
  *scratch = *std::move(text);
  return Found{{JsonRef(), *scratch}, source};
}

std::optional<ValueFinder::Found> ValueFinder::Join(const PointerOrigin& origin,
                                                    std::string* scratch) const {
  absl::string_view source;
  std::string joined;
  for (const PointerPath& part : concat_) {
    const std::optional<absl::string_view> words =
        origin.Root(part.source).Follow(part.tokens).TextView(scratch);
    const std::optional<std::string> text =
        words.has_value() ? ReadText(ValueKind::kText, *words) : std::nullopt;
    if (!text.has_value()) continue;
    absl::StrAppend(&joined, joined.empty() ? "" : " ", *text);
    source = origin.NameOf(part.source);
  }
  if (joined.empty()) return std::nullopt;
  *scratch = std::move(joined);
  return Found{{JsonRef(), *scratch}, source};
}

bool ValueFinder::Reshape(FoundValue* value) const {
  if (extract_ != nullptr) {
    if (value->text.size() > kMostSearchedBytes) return false;
    const re2::StringPiece text(value->text.data(), value->text.size());
    re2::StringPiece match;
    const bool found = extract_->Match(text, 0, text.size(), RE2::UNANCHORED, &match, 1);
    // A pattern may cut a character in two.
    if (!found || FirstInvalidUtf8({match.data(), match.size()}) != absl::string_view::npos)
      return false;
    *value = FoundValue{JsonRef(), {match.data(), match.size()}};
  }
  if (map_.empty()) return true;
  auto mapped = map_.find(value->text);
  if (mapped == map_.end() && !value->text.empty()) mapped = map_.find("*");
  if (mapped == map_.end()) return false;
  *value = FoundValue{JsonRef(), mapped->second};
  return true;
}

}  // namespace evertoken
