#include "tests/demo/scripted_browser.h"

#include <curl/curl.h>

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/demo/html_form.h"

namespace evertoken::demo {
namespace {

constexpr long kMaxRedirects = 10;
constexpr long kTimeoutSeconds = 30;
constexpr size_t kMaxPageBytes = 1024 * 1024;

size_t Append(char* data, size_t size, size_t count, void* body) {
  auto* const text = static_cast<std::string*>(body);
  if (text->size() + size * count > kMaxPageBytes) return 0;
  text->append(data, size * count);
  return size * count;
}

// `action` as seen from a page at `base`: absolute, or an absolute path.
std::string Resolve(const std::string& base, const std::string& action) {
  if (action.empty()) return base;
  if (!absl::StartsWith(action, "/")) return action;
  const size_t host = base.find("://") + 3;
  return absl::StrCat(base.substr(0, base.find_first_of("/?", host)), action);
}

}  // namespace

Form Page::Query() const {
  const size_t mark = url.find('?');
  return mark == std::string::npos ? Form() : ParseForm(absl::string_view(url).substr(mark + 1));
}

class ScriptedBrowser::Impl {
 public:
  Impl() : curl_(curl_easy_init()) { curl_easy_setopt(curl_, CURLOPT_COOKIEFILE, ""); }
  ~Impl() { curl_easy_cleanup(curl_); }

  // Null `form`: GET.
  absl::StatusOr<Page> Send(const std::string& url, const Form* form,
                            const std::vector<std::string>& headers) {
    Page page;
    const std::string body = form == nullptr ? "" : EncodeForm(*form);
    curl_slist* lines = nullptr;
    for (const std::string& header : headers) lines = curl_slist_append(lines, header.c_str());
    curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl_, CURLOPT_REDIR_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl_, CURLOPT_PROXY, "");
    curl_easy_setopt(curl_, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl_, CURLOPT_MAXREDIRS, kMaxRedirects);
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT, kTimeoutSeconds);
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &Append);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &page.body);
    if (form == nullptr) {
      curl_easy_setopt(curl_, CURLOPT_HTTPGET, 1L);
    } else {
      curl_easy_setopt(curl_, CURLOPT_POST, 1L);
      curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
      curl_easy_setopt(curl_, CURLOPT_COPYPOSTFIELDS, body.c_str());
    }
    const CURLcode result = curl_easy_perform(curl_);
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, nullptr);
    curl_slist_free_all(lines);
    if (result != CURLE_OK) return absl::UnavailableError(curl_easy_strerror(result));
    long status = 0;
    char* effective_url = nullptr;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl_, CURLINFO_EFFECTIVE_URL, &effective_url);
    page.status = static_cast<int>(status);
    if (effective_url != nullptr) page.url = effective_url;
    return page;
  }

 private:
  CURL* const curl_;
};

ScriptedBrowser::ScriptedBrowser() : impl_(std::make_unique<Impl>()) {}
ScriptedBrowser::~ScriptedBrowser() = default;

absl::StatusOr<Page> ScriptedBrowser::Open(const std::string& url) {
  return impl_->Send(url, nullptr, {});
}

absl::StatusOr<Page> ScriptedBrowser::Submit(const Page& page, const Form& values) {
  std::optional<HtmlForm> form = FindForm(page.body);
  if (!form.has_value())
    return absl::FailedPreconditionError(absl::StrCat("no form on the page, status ", page.status));
  for (const auto& [name, value] : values) form->fields[name] = value;
  const std::string target = Resolve(page.url, form->action);
  if (form->method == "post") return impl_->Send(target, &form->fields, {});
  return impl_->Send(AppendQuery(target, form->fields), nullptr, {});
}

absl::StatusOr<Page> ScriptedBrowser::Get(const std::string& url,
                                          const std::vector<std::string>& headers) {
  return impl_->Send(url, nullptr, headers);
}

absl::StatusOr<Page> ScriptedBrowser::Post(const std::string& url, const Form& form,
                                           const std::vector<std::string>& headers) {
  return impl_->Send(url, &form, headers);
}

}  // namespace evertoken::demo
