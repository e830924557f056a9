#ifndef EVERTOKEN_TESTS_DEMO_SCRIPTED_BROWSER_H_
#define EVERTOKEN_TESTS_DEMO_SCRIPTED_BROWSER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/demo/form.h"

namespace evertoken::demo {

// A page as it arrived.
struct Page {
  int status = 0;
  std::string url;  // after redirects
  std::string body;

  // Parameters of the url's query.
  Form Query() const;
};

// A browser without a screen for http:// pages: follows redirects, keeps cookies, fills in the
// first form of a page. Blocking; not thread-safe. Errors (UNAVAILABLE) are those of the
// connection; a page of any status is OK.
class ScriptedBrowser {
 public:
  ScriptedBrowser();
  ~ScriptedBrowser();

  absl::StatusOr<Page> Open(const std::string& url);

  // Submits the first form of `page` with the values it holds, `values` on top. FAILED_PRECONDITION
  // when there is no form.
  absl::StatusOr<Page> Submit(const Page& page, const Form& values);

  // For what pages do by script and clients do by hand. `headers` are lines: `Authorization: …`.
  absl::StatusOr<Page> Get(const std::string& url, const std::vector<std::string>& headers);
  absl::StatusOr<Page> Post(const std::string& url, const Form& form,
                            const std::vector<std::string>& headers = {});

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_SCRIPTED_BROWSER_H_
