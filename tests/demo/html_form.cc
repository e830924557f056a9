#include "tests/demo/html_form.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace evertoken::demo {
namespace {

// The text of an attribute inside a tag, unescaped; empty when it is missing.
std::string Attribute(absl::string_view tag, absl::string_view name) {
  const std::string opening = absl::StrCat(" ", name, "=\"");
  const size_t start = tag.find(opening);
  if (start == absl::string_view::npos) return "";
  tag.remove_prefix(start + opening.size());
  return UnescapeHtml(tag.substr(0, tag.find('"')));
}

// Takes the next `<name …>` off `html`; empty when there is none.
absl::string_view NextTag(absl::string_view* html, absl::string_view name) {
  const size_t start = html->find(absl::StrCat("<", name, " "));
  if (start == absl::string_view::npos) return "";
  const size_t end = html->find('>', start);
  if (end == absl::string_view::npos) return "";
  const absl::string_view tag = html->substr(start, end - start);
  html->remove_prefix(end + 1);
  return tag;
}

}  // namespace

std::optional<HtmlForm> FindForm(absl::string_view html) {
  const absl::string_view opening = NextTag(&html, "form");
  if (opening.empty()) return std::nullopt;
  HtmlForm form;
  form.action = Attribute(opening, "action");
  form.method = absl::AsciiStrToLower(Attribute(opening, "method"));
  if (form.method.empty()) form.method = "get";
  html = html.substr(0, html.find("</form>"));
  for (absl::string_view input = NextTag(&html, "input"); !input.empty();
       input = NextTag(&html, "input")) {
    if (const std::string name = Attribute(input, "name"); !name.empty())
      form.fields[name] = Attribute(input, "value");
  }
  return form;
}

}  // namespace evertoken::demo
