#include "server/config/nearest_name.h"

#include <algorithm>
#include <numeric>

namespace evertoken {
namespace {

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string NearestName(absl::string_view word, const std::vector<std::string>& names,
                        size_t max_edits) {
  // Words come from outside: nothing so long is a misspelling, and the table would grow with it.
  if (word.size() > 200) return "";
  std::string nearest;
  size_t fewest = max_edits + 1;
  for (const std::string& name : names) {
    const size_t edits = EditDistance(word, name);
    if (edits < fewest) {
      fewest = edits;
      nearest = name;
    }
  }
  return nearest;
}

}  // namespace evertoken
