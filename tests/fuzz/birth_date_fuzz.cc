// Dates: what is written of one is read again as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/provider/birth_date.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view words(reinterpret_cast<const char*>(data), size);
  const std::optional<std::string> date = evertoken::ReadDate(words);
  if (date.has_value() && (date->size() > 10 || evertoken::ReadDate(*date) != date)) std::abort();
  const std::optional<std::string> birth = evertoken::ReadBirthDate(words);
  if (birth.has_value() && evertoken::ReadBirthDate(*birth) != birth) std::abort();
  return 0;
}
