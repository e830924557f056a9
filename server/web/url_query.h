#ifndef EVERTOKEN_SERVER_WEB_URL_QUERY_H_
#define EVERTOKEN_SERVER_WEB_URL_QUERY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/percent_encoding.h"

namespace evertoken {

// The parameters of a query or of an application/x-www-form-urlencoded body.
//
// Strict, because what is parsed here is handed to other parsers: at most 64 parameters, names up to 128 and values up to
// 16384 bytes, every `%` followed by two hex digits, UTF-8 without NUL. Errors are REQUEST_INVALID and never repeat the input.
class UrlQuery {
 public:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  static absl::StatusOr<UrlQuery> Parse(absl::string_view text);

  // The value; empty when the parameter is missing. REQUEST_INVALID when it came more than once (RFC 6749 section 3.1): two
  // readers of one request must not see two values.
  absl::StatusOr<std::string> Get(absl::string_view name) const;

  // In the order of the request, repeated ones included.
  const Parameters& all() const { return parameters_; }

 private:
  Parameters parameters_;
};

// `name=value&…`, encoded.
std::string EncodeQuery(const UrlQuery::Parameters& parameters);

// `uri` with the parameters added: behind a query that it has already, before a fragment.
std::string AddToQuery(absl::string_view uri, const UrlQuery::Parameters& parameters);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_URL_QUERY_H_
