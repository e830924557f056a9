#include "tests/hostile_provider/spoil.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/json_text.h"

namespace evertoken::hostile {
namespace {

ProviderReply WebPage(int status) {
  ProviderReply reply;
  reply.status = status;
  reply.headers = {{"content-type", "text/html; charset=utf-8"}};
  reply.body = absl::StrCat("<!doctype html><title>", status, "</title><h1>Please stand by</h1>\n");
  return reply;
}

ProviderReply OAuthError(int status, absl::string_view error) {
  return JsonProviderReply(status, absl::StrCat("{\"error\":", JsonQuote(error), "}"));
}

void SetContentType(ProviderReply* reply, absl::string_view type) {
  for (auto& [name, value] : reply->headers) {
    if (name == "content-type") value = std::string(type);
  }
}

// A JSON object of kHugeBodyBytes that says the same.
std::string Inflate(std::string json) {
  constexpr absl::string_view kStart = R"(,"padding":")";
  constexpr absl::string_view kEnd = R"("})";
  if (!absl::EndsWith(json, "}")) return json;
  json.pop_back();
  absl::StrAppend(&json, kStart);
  json.append(kHugeBodyBytes - json.size() - kEnd.size(), 'x');
  absl::StrAppend(&json, kEnd);
  return json;
}

ProviderReply SpoiledAnswer(const Trouble& trouble, ProviderReply good) {
  switch (trouble.fault) {
    case Fault::kNone:
      return good;
    case Fault::kRequestLost:
    case Fault::kReplyLost:
      good = ProviderReply();
      good.delivery = Delivery::kNothing;
      return good;
    case Fault::kHalfBody:
      good.delivery = Delivery::kHalfOfBody;
      return good;
    case Fault::kHalfJson:
      good.body.resize(good.body.size() / 2);
      return good;
    case Fault::kWrongType:
      SetContentType(&good, "text/html");
      return good;
    case Fault::kHugeBody:
      good.body = Inflate(std::move(good.body));
      return good;
    case Fault::kEmptyBody:
      return JsonProviderReply(200, "");
    case Fault::kHtml:
      return WebPage(200);
    case Fault::kErrorWith200:
      return OAuthError(200, trouble.error.empty() ? "server_error" : trouble.error);
    case Fault::kStatus:
      return trouble.error.empty() ? WebPage(trouble.status)
                                   : OAuthError(trouble.status, trouble.error);
    case Fault::kRedirect:
      good = WebPage(302);
      good.headers.emplace_back("location", "/moved");
      return good;
    case Fault::kInvalidClient:
      good = OAuthError(401, "invalid_client");
      good.headers.emplace_back("www-authenticate", "Basic realm=\"hostile\"");
      return good;
  }
  return good;
}

}  // namespace

ProviderReply Spoil(const Trouble& trouble, ProviderReply good, absl::Time now) {
  ProviderReply reply = SpoiledAnswer(trouble, std::move(good));
  reply.headers.emplace_back("date", HttpDate(now));
  for (const auto& header : trouble.headers) reply.headers.push_back(header);
  if (trouble.retry_after_date_in.has_value())
    reply.headers.emplace_back("retry-after", HttpDate(now + *trouble.retry_after_date_in));
  reply.delay = trouble.delay_after;
  return reply;
}

std::string HttpDate(absl::Time time) {
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", time, absl::UTCTimeZone());
}

}  // namespace evertoken::hostile
