#include "server/provider/url_template.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/provider/form_encoding.h"

namespace evertoken {
namespace {

// Literal text and the placeholder behind it, if any.
struct Piece {
  absl::string_view literal;
  std::optional<absl::string_view> name;
};

bool IsName(absl::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '_' || c == ':' || c == '-';
  });
}

absl::StatusOr<std::vector<Piece>> Split(absl::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    const size_t brace = text.find_first_of("{}");
    if (brace == absl::string_view::npos) {
      pieces.push_back({text, std::nullopt});
      break;
    }
    if (text.substr(brace, 2) == (text[brace] == '{' ? "{{" : "}}")) {
      pieces.push_back({text.substr(0, brace + 1), std::nullopt});
      text.remove_prefix(brace + 2);
      continue;
    }
    const size_t end = text.find('}', brace);
    if (text[brace] == '}' || end == absl::string_view::npos) {
      return absl::InvalidArgumentError("has a brace without its partner");
    }
    const absl::string_view name = text.substr(brace + 1, end - brace - 1);
    if (!IsName(name))
      return absl::InvalidArgumentError("has a placeholder whose name is not [a-z0-9_:-]+");
    pieces.push_back({text.substr(0, brace), name});
    text.remove_prefix(end + 1);
  }
  return pieces;
}

// Follows a URL from left to right and knows which part of it comes next.
class PositionTracker {
 public:
  void Pass(absl::string_view literal) {
    for (const char c : literal) Pass(c);
    if (!literal.empty()) begun_ = true;
  }
  void PassPlaceholder() {
    // A URL as a value brings scheme and authority with it.
    if (!begun_) position_ = UrlPosition::kPath;
    begun_ = true;
  }
  UrlPosition position() const { return begun_ ? position_ : UrlPosition::kWhole; }

 private:
  void Pass(char c) {
    if (c == '?') position_ = UrlPosition::kQuery;
    if (position_ != UrlPosition::kHost || c != '/') return;
    if (++slashes_ == 3) position_ = UrlPosition::kPath;
  }

  bool begun_ = false;
  int slashes_ = 0;
  UrlPosition position_ = UrlPosition::kHost;
};

bool IsHostText(absl::string_view value) {
  return !value.empty() && value.size() <= 253 && value.front() != '.' && value.back() != '.' &&
         std::all_of(value.begin(), value.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-';
         });
}

absl::Status NoValue(absl::string_view name) {
  return absl::InvalidArgumentError(absl::StrCat("{", name, "} has no value"));
}

}  // namespace

absl::StatusOr<std::vector<Placeholder>> PlaceholdersOf(absl::string_view text) {
  const absl::StatusOr<std::vector<Piece>> pieces = Split(text);
  if (!pieces.ok()) return pieces.status();
  std::vector<Placeholder> placeholders;
  PositionTracker tracker;
  for (const Piece& piece : *pieces) {
    tracker.Pass(piece.literal);
    if (!piece.name.has_value()) continue;
    placeholders.push_back({std::string(*piece.name), tracker.position()});
    tracker.PassPlaceholder();
  }
  return placeholders;
}

absl::StatusOr<std::string> ExpandUrl(absl::string_view text, PlaceholderValues values) {
  const absl::StatusOr<std::vector<Piece>> pieces = Split(text);
  if (!pieces.ok()) return pieces.status();
  std::string url;
  PositionTracker tracker;
  for (const Piece& piece : *pieces) {
    tracker.Pass(piece.literal);
    absl::StrAppend(&url, piece.literal);
    if (!piece.name.has_value()) continue;
    const std::optional<std::string> value = values(*piece.name);
    if (!value.has_value() || value->empty()) return NoValue(*piece.name);
    const UrlPosition position = tracker.position();
    if (position == UrlPosition::kHost && !IsHostText(*value)) {
      return absl::InvalidArgumentError(
          absl::StrCat("{", *piece.name, "} is not fit for a host name"));
    }
    if (position == UrlPosition::kPath && (*value == "." || *value == "..")) {
      return absl::InvalidArgumentError(absl::StrCat("{", *piece.name, "} is not fit for a path"));
    }
    const bool encode = position == UrlPosition::kPath || position == UrlPosition::kQuery;
    absl::StrAppend(&url, encode ? PercentEncode(*value) : *value);
    tracker.PassPlaceholder();
  }
  return url;
}

absl::StatusOr<std::string> ExpandText(absl::string_view text, PlaceholderValues values) {
  const absl::StatusOr<std::vector<Piece>> pieces = Split(text);
  if (!pieces.ok()) return pieces.status();
  std::string expanded;
  for (const Piece& piece : *pieces) {
    absl::StrAppend(&expanded, piece.literal);
    if (!piece.name.has_value()) continue;
    const std::optional<std::string> value = values(*piece.name);
    if (!value.has_value()) return NoValue(*piece.name);
    absl::StrAppend(&expanded, *value);
  }
  return expanded;
}

}  // namespace evertoken
