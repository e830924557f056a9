#include "server/web/status_handlers.h"

#include <utility>

namespace evertoken {
namespace {

WebResponse MakeResponse(int status, absl::string_view content_type, std::string body) {
  WebResponse response;
  response.status = status;
  response.content_type = std::string(content_type);
  response.body = std::move(body);
  return response;
}

}  // namespace

WebHandler MakeHealthHandler() {
  return [](WebRequest, WebResponder respond) {
    respond(MakeResponse(200, "text/plain; charset=utf-8", "ok\n"));
  };
}

WebHandler MakeReadyHandler(std::function<bool()> ready) {
  return [ready = std::move(ready)](WebRequest, WebResponder respond) {
    const bool is_ready = ready != nullptr && ready();
    respond(MakeResponse(is_ready ? 200 : 503, "application/json",
                         is_ready ? "{\"ready\":true}\n" : "{\"ready\":false}\n"));
  };
}

WebHandler MakeMetricsHandler(const Metrics* metrics) {
  return [metrics](WebRequest, WebResponder respond) {
    respond(MakeResponse(200, "text/plain; version=0.0.4; charset=utf-8", metrics->Serialize()));
  };
}

WebHandler MakeAssetHandler(absl::string_view content_type, absl::string_view content) {
  return [content_type, content](WebRequest, WebResponder respond) {
    WebResponse response = MakeResponse(200, content_type, std::string(content));
    response.headers.emplace_back("Cache-Control", "public, max-age=300");
    respond(std::move(response));
  };
}

WebHandler MakeNoContentHandler() {
  return [](WebRequest, WebResponder respond) { respond(MakeResponse(204, "", "")); };
}

}  // namespace evertoken
