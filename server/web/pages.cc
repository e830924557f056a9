#include "server/web/pages.h"

#include "server/web/html.h"

namespace evertoken {
namespace {

std::string Page(absl::string_view title, const Html& head, const Html& main) {
  return Html::Fill(R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{}</title>
<link rel="stylesheet" href="/style.css">
{}</head>
<body>
<main>
<h1>{}</h1>
{}</main>
</body>
</html>
)",
                    {title, head, title, main})
      .markup();
}

}  // namespace

std::string SignInPage(absl::string_view app_name, const std::vector<SignInLink>& links) {
  Html main = Html::Fill(
      "<p>Choose how to sign in to <strong>{}</strong>.</p>\n<ul class=\"choices\">\n", {app_name});
  for (const SignInLink& link : links) {
    main += Html::Fill("<li><a class=\"button\" href=\"{}\">Sign in with {}</a></li>\n",
                       {link.path, link.name});
  }
  main += Html::Fill("</ul>\n");
  return Page("Sign in", Html(), main);
}

std::string ErrorPage(const ErrorPageText& text, absl::string_view request_id) {
  const Html main =
      Html::Fill("<p>{}</p>\n<p>{}</p>\n<p class=\"small\">Request id: <code>{}</code></p>\n",
                 {text.message, text.advice, request_id});
  return Page(text.title, Html(), main);
}

std::string FormPostPage(absl::string_view title, absl::string_view action,
                         const HiddenFields& fields) {
  Html main = Html::Fill("<form id=\"continue\" method=\"post\" action=\"{}\">\n", {action});
  for (const auto& [name, value] : fields) {
    main += Html::Fill("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", {name, value});
  }
  main += Html::Fill(
      "<p>If nothing happens, use the button.</p>\n<button class=\"button\" "
      "type=\"submit\">Continue</button>\n</form>\n");
  return Page(title, Html::Fill("<script src=\"/submit.js\" defer></script>\n"), main);
}

absl::string_view StyleSheet() {
  return R"(:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --accent: #0b57d0; --on-accent: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #16191d; --accent: #a8c7fa; --on-accent: #0b1d3a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 3rem 1.25rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.75rem; line-height: 1.2; }
.choices { list-style: none; margin: 1.5rem 0; padding: 0; display: grid; gap: 0.75rem; }
.button { display: inline-block; width: 100%; padding: 0.75rem 1rem; border: 0; border-radius: 0.5rem; background: var(--accent);
  color: var(--on-accent); font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; }
.button:hover { text-decoration: underline; }
.button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
.small { font-size: 0.875rem; }
)";
}

absl::string_view SubmitScript() { return "document.getElementById(\"continue\").submit();\n"; }

}  // namespace evertoken
