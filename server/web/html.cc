#include "server/web/html.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace evertoken {

std::string Html::Part::Escape(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"'", "&#39;"},
                                    {"`", "&#96;"}});
}

Html Html::FillFrom(absl::string_view literal, std::initializer_list<Part> parts) {
  Html html;
  for (const Part& part : parts) {
    const size_t hole = literal.find("{}");
    // The number of parts is fixed where the literal stands: a mismatch is a bug that the first test meets.
    if (hole == absl::string_view::npos) std::abort();
    absl::StrAppend(&html.markup_, literal.substr(0, hole), part.markup());
    literal.remove_prefix(hole + 2);
  }
  if (literal.find("{}") != absl::string_view::npos) std::abort();
  absl::StrAppend(&html.markup_, literal);
  return html;
}

}  // namespace evertoken
