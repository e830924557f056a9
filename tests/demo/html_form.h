#ifndef EVERTOKEN_TESTS_DEMO_HTML_FORM_H_
#define EVERTOKEN_TESTS_DEMO_HTML_FORM_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/demo/form.h"

namespace evertoken::demo {

struct HtmlForm {
  std::string action;
  std::string method;  // in lower case; `get` when the page says nothing
  Form fields;         // named inputs with the values the page gives them
};

// The first form of a page that is written as our own pages are: attributes in double quotes,
// inputs inside the form.
std::optional<HtmlForm> FindForm(absl::string_view html);

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_HTML_FORM_H_
