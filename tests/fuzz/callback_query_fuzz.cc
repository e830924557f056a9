// The query of a callback.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "server/web/url_query.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::StatusOr<evertoken::UrlQuery> query =
      evertoken::UrlQuery::Parse(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!query.ok()) return 0;
  (void)query->Get("state");
  (void)query->Get("code");
  // What was read is written so that it is read as the same.
  const absl::StatusOr<evertoken::UrlQuery> again =
      evertoken::UrlQuery::Parse(evertoken::EncodeQuery(query->all()));
  if (!again.ok() || again->all() != query->all()) std::abort();
  return 0;
}
