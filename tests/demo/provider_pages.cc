#include "tests/demo/provider_pages.h"

#include "absl/strings/str_cat.h"
#include "tests/demo/form.h"

namespace evertoken::demo {
namespace {

constexpr char kStyle[] =
    "body{font:16px/1.5 sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}"
    "input,button{font:inherit;padding:.3rem "
    ".6rem}pre{background:#f3f3f3;padding:1rem;overflow:auto}";

std::string HiddenField(absl::string_view name, absl::string_view value) {
  return absl::StrCat("<input type=\"hidden\" name=\"", name, "\" value=\"", EscapeHtml(value),
                      "\">");
}

}  // namespace

Reply HtmlPage(int status, absl::string_view title, absl::string_view body) {
  Reply reply;
  reply.status = status;
  reply.content_type = "text/html; charset=utf-8";
  reply.headers = {{"X-Content-Type-Options", "nosniff"},
                   {"X-Frame-Options", "DENY"},
                   {"Referrer-Policy", "no-referrer"}};
  reply.body = absl::StrCat("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>",
                            EscapeHtml(title), "</title><style>", kStyle, "</style><h1>",
                            EscapeHtml(title), "</h1>", body, "</html>\n");
  return reply;
}

Reply LoginPage(absl::string_view interaction) {
  return HtmlPage(
      200, "Sign in to the demo provider",
      absl::StrCat(
          "<p>Any name will do; there is no password.</p><form method=\"post\" action=\"/login\">",
          HiddenField("interaction", interaction),
          "<label>Name <input name=\"user\" value=\"ada\" autofocus required "
          "maxlength=\"100\"></label> "
          "<button>Sign in</button></form>"));
}

Reply ConsentPage(absl::string_view interaction, absl::string_view user, absl::string_view scope) {
  return HtmlPage(
      200, "Allow access?",
      absl::StrCat("<p><b>", EscapeHtml(user), "</b>, the demo app asks for: <code>",
                   EscapeHtml(scope), "</code></p><form method=\"post\" action=\"/consent\">",
                   HiddenField("interaction", interaction),
                   "<button name=\"decision\" value=\"allow\">Allow</button> "
                   "<button name=\"decision\" value=\"deny\">Deny</button></form>"));
}

Reply ErrorPage(absl::string_view message) {
  return HtmlPage(400, "This cannot go on", absl::StrCat("<p>", EscapeHtml(message), "</p>"));
}

Reply Redirect(absl::string_view location) {
  Reply reply;
  reply.status = 303;
  reply.content_type = "text/plain";
  reply.headers = {{"Location", std::string(location)}, {"Referrer-Policy", "no-referrer"}};
  return reply;
}

}  // namespace evertoken::demo
