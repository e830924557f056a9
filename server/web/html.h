#ifndef EVERTOKEN_SERVER_WEB_HTML_H_
#define EVERTOKEN_SERVER_WEB_HTML_H_

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace evertoken {

// Markup that is safe to send. It comes from literals in this program and from escaped text, never from anything else, so
// forgetting to escape does not compile.
class Html {
 public:
  Html() = default;

  // `literal` with each `{}` replaced by the next part: text is escaped for element content and for quoted attribute values,
  // Html goes in as it is. There must be as many parts as `{}`. Text is never put where a script, a style or an unquoted value
  // stands, and in a URL attribute only below a path or origin that this program chose.
  class Part;
  template <size_t N>
  static Html Fill(const char (&literal)[N], std::initializer_list<Part> parts = {});

  Html& operator+=(const Html& other) {
    markup_ += other.markup_;
    return *this;
  }

  const std::string& markup() const { return markup_; }

 private:
  static Html FillFrom(absl::string_view literal, std::initializer_list<Part> parts);

  std::string markup_;
};

class Html::Part {
 public:
  // Not explicit: a list of parts reads as what it is.
  Part(const Html& html) : markup_(html.markup()) {}
  Part(absl::string_view text) : markup_(Escape(text)) {}
  Part(const std::string& text) : Part(absl::string_view(text)) {}
  Part(const char* text) : Part(absl::string_view(text)) {}

  const std::string& markup() const { return markup_; }

 private:
  static std::string Escape(absl::string_view text);

  std::string markup_;
};

template <size_t N>
Html Html::Fill(const char (&literal)[N], std::initializer_list<Part> parts) {
  return FillFrom(absl::string_view(literal, N - 1), parts);
}

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_HTML_H_
