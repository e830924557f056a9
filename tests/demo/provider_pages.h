#ifndef EVERTOKEN_TESTS_DEMO_PROVIDER_PAGES_H_
#define EVERTOKEN_TESTS_DEMO_PROVIDER_PAGES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "tests/demo/http_listener.h"

namespace evertoken::demo {

// A plain page. `body` is HTML; `title` is text.
Reply HtmlPage(int status, absl::string_view title, absl::string_view body);

// Asks who the user is; posts `interaction` and `user` to /login.
Reply LoginPage(absl::string_view interaction);

// Asks whether the app may have `scope`; posts `interaction` and `decision` (allow, deny) to
// /consent.
Reply ConsentPage(absl::string_view interaction, absl::string_view user, absl::string_view scope);

// What went wrong, for people.
Reply ErrorPage(absl::string_view message);

// 303: the browser goes on with GET.
Reply Redirect(absl::string_view location);

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_PROVIDER_PAGES_H_
