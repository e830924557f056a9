#include "server/provider/request_headers.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "server/provider/json_document.h"

namespace evertoken {

void AddHeaders(const FormFields& headers, HttpRequest* request) {
  for (const auto& [name, value] : headers) {
    const bool clean = std::none_of(value.begin(), value.end(), [](char c) {
      return absl::ascii_iscntrl(static_cast<unsigned char>(c));
    });
    if (clean) request->headers.emplace_back(name, value);
  }
}

void AddHeaderIfMissing(absl::string_view name, absl::string_view value, HttpRequest* request) {
  const bool has =
      std::any_of(request->headers.begin(), request->headers.end(),
                  [&](const auto& header) { return absl::EqualsIgnoreCase(header.first, name); });
  if (!has) request->headers.emplace_back(std::string(name), std::string(value));
}

void SetForm(const FormFields& form, HttpRequest* request) {
  AddHeaderIfMissing("Content-Type", "application/x-www-form-urlencoded", request);
  request->body = EncodeForm(form);
}

void SetBody(config::v1::Provider::Body kind, const FormFields& fields, HttpRequest* request) {
  if (kind != config::v1::Provider::BODY_JSON) return SetForm(fields, request);
  AddHeaderIfMissing("Content-Type", "application/json", request);
  request->body = SerializeObject(std::map<std::string, std::string>(fields.begin(), fields.end()));
}

}  // namespace evertoken
