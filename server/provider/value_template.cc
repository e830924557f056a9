#include "server/provider/value_template.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/percent_encoding.h"
#include "server/provider/json_pointer.h"
#include "server/provider/value_reader.h"

namespace evertoken {
namespace {

constexpr size_t kMostPieces = 32;

// Some providers' ids have slashes, which they want to see as such.
std::optional<std::string> EncodeForUrl(absl::string_view text) {
  std::vector<std::string> segments;
  for (absl::string_view segment : absl::StrSplit(text, '/')) {
    if (segment == "." || segment == "..") return std::nullopt;
    segments.push_back(PercentEncode(segment));
  }
  return absl::StrJoin(segments, "/");
}

}  // namespace

absl::StatusOr<ValueTemplate> ValueTemplate::Parse(absl::string_view text) {
  ValueTemplate parsed;
  parsed.is_url_ = absl::StartsWith(text, "https://") || absl::StartsWith(text, "http://");
  Piece piece;
  while (!text.empty()) {
    const size_t brace = std::min(text.find_first_of("{}"), text.size());
    absl::StrAppend(&piece.literal, text.substr(0, brace));
    text.remove_prefix(brace);
    if (text.empty()) break;
    if (absl::StartsWith(text, "{{") || absl::StartsWith(text, "}}")) {
      piece.literal += text[0];
      text.remove_prefix(2);
      continue;
    }
    const size_t end = text.find('}');
    if (text[0] == '}' || end == absl::string_view::npos)
      return absl::InvalidArgumentError("has a brace without its partner");
    piece.pointer = ParseJsonPointer(text.substr(1, end - 1));
    if (!piece.pointer.has_value())
      return absl::InvalidArgumentError("has braces around what is not a JSON Pointer (RFC 6901)");
    text.remove_prefix(end + 1);
    parsed.pieces_.push_back(std::exchange(piece, Piece()));
    if (parsed.pieces_.size() > kMostPieces)
      return absl::InvalidArgumentError(absl::StrCat("has more than ", kMostPieces, " pointers"));
  }
  if (!piece.literal.empty()) parsed.pieces_.push_back(std::move(piece));
  return parsed;
}

std::optional<std::string> ValueTemplate::Expand(JsonRef element) const {
  std::string expanded;
  std::string scratch;
  for (const Piece& piece : pieces_) {
    absl::StrAppend(&expanded, piece.literal);
    if (!piece.pointer.has_value()) continue;
    const std::optional<absl::string_view> words =
        element.Follow(*piece.pointer).TextView(&scratch);
    if (!words.has_value()) return std::nullopt;
    const std::optional<std::string> text = ReadText(ValueKind::kLongText, *words);
    if (!text.has_value()) return std::nullopt;
    const std::optional<std::string> written = is_url_ ? EncodeForUrl(*text) : text;
    if (!written.has_value()) return std::nullopt;
    expanded += *written;
  }
  return expanded;
}

}  // namespace evertoken
