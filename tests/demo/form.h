#ifndef EVERTOKEN_TESTS_DEMO_FORM_H_
#define EVERTOKEN_TESTS_DEMO_FORM_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace evertoken::demo {

// Names and values of a query or of a form body. Where a name is repeated, the first value counts.
using Form = std::map<std::string, std::string>;

// Reads application/x-www-form-urlencoded; text that is no valid escape is taken as it stands.
Form ParseForm(absl::string_view text);

// The same format, in the order of the names.
std::string EncodeForm(const Form& form);

// Empty when the name is missing.
std::string ValueOf(const Form& form, const std::string& name);

// One name or value of the format.
std::string PercentEncode(absl::string_view text);
std::string PercentDecode(absl::string_view text);

// `uri` with `form` added to its query.
std::string AppendQuery(absl::string_view uri, const Form& form);

// Text for the inside of an HTML element or of a quoted attribute.
std::string EscapeHtml(absl::string_view text);
std::string UnescapeHtml(absl::string_view text);

// `text` as a JSON string, with its quotes.
std::string JsonString(absl::string_view text);

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_FORM_H_
