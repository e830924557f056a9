#ifndef EVERTOKEN_SERVER_PROVIDER_REQUEST_HEADERS_H_
#define EVERTOKEN_SERVER_PROVIDER_REQUEST_HEADERS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "server/http/http_client.h"
#include "server/provider/form_encoding.h"

namespace evertoken {

// Adds headers; a value with a control character, which could smuggle another header in, is left out.
void AddHeaders(const FormFields& headers, HttpRequest* request);

// Adds a header unless the request has one of that name, in whatever case.
void AddHeaderIfMissing(absl::string_view name, absl::string_view value, HttpRequest* request);

// Makes `form` the body.
void SetForm(const FormFields& form, HttpRequest* request);

// Makes `fields` the body, as a form unless JSON is asked for.
void SetBody(config::v1::Provider::Body kind, const FormFields& fields, HttpRequest* request);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_REQUEST_HEADERS_H_
