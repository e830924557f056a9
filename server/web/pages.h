#ifndef EVERTOKEN_SERVER_WEB_PAGES_H_
#define EVERTOKEN_SERVER_WEB_PAGES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace evertoken {

// The pages that people see. They work without script and without anything from elsewhere.

struct SignInLink {
  std::string name;  // the provider's name for people
  std::string path;  // a path of this server, with encoded parameters
};

// `/`: an app's providers.
std::string SignInPage(absl::string_view app_name, const std::vector<SignInLink>& links);

struct ErrorPageText {
  std::string title;    // a few words
  std::string message;  // what happened
  std::string advice;   // what to do
};

// `request_id` lets the operator find the request in the log.
std::string ErrorPage(const ErrorPageText& text, absl::string_view request_id);

using HiddenFields = std::vector<std::pair<std::string, std::string>>;

// A form that goes off by itself where scripts run and has a button where they do not. `action` must be an http or https URL,
// or a path of this server. To be sent with WebResponse::own_script.
std::string FormPostPage(absl::string_view title, absl::string_view action,
                         const HiddenFields& fields);

// What the pages refer to: /style.css and /submit.js.
absl::string_view StyleSheet();
absl::string_view SubmitScript();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_PAGES_H_
