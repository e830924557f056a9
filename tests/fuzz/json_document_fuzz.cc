// JSON: read and written again as by Boost's own tree.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "server/provider/json_document.h"

namespace evertoken {
namespace {

namespace json = boost::json;

void ReadAndWrite(absl::string_view input) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = 32;
  const json::value expected =
      json::parse(json::string_view(input.data(), input.size()), error, {}, options);
  const std::shared_ptr<const JsonDocument> document = JsonDocument::Parse(input);
  if ((document != nullptr) == error.failed()) std::abort();
  if (document == nullptr) return;
  const std::string text = document->root().Serialize();
  const std::string theirs = json::serialize(expected);
  // Boost puts the last of a repeated key in another place, and has words for what is no finite number where JSON has none.
  const bool is_plain = JsonDocument::Parse(input, JsonDocument::Keys::kUnique) != nullptr &&
                        theirs.find("Infinity") == std::string::npos &&
                        theirs.find("NaN") == std::string::npos;
  if (is_plain && text != theirs) std::abort();
  if (JsonDocument::Parse(text, JsonDocument::Keys::kUnique) == nullptr) std::abort();
  if (JsonDocument::FromTexts({{"text", text}})->root().At("/text").Serialize().empty())
    std::abort();
}

}  // namespace
}  // namespace evertoken

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  evertoken::ReadAndWrite(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
