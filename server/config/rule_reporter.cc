#include "server/config/rule_reporter.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/proto_time.h"

namespace evertoken {

void RuleReporter::Problem(absl::string_view path, absl::string_view what) {
  problems_->push_back(sources_->Problem(path, what));
}

void RuleReporter::Expect(absl::string_view path, const absl::Status& status) {
  if (!status.ok()) Problem(path, status.message());
}

void RuleReporter::InRange(absl::string_view path, int64_t value, int64_t lowest, int64_t highest) {
  if (value < lowest || value > highest)
    Problem(path, absl::StrCat("must be ", lowest, " to ", highest, ", is ", value));
}

void RuleReporter::InRange(absl::string_view path, const google::protobuf::Duration& value,
                           absl::Duration lowest, absl::Duration highest,
                           absl::string_view allowed) {
  const absl::Duration duration = FromDuration(value);
  if (duration < lowest || duration > highest) {
    Problem(path, absl::StrCat("must be ", allowed, ", is ", absl::FormatDuration(duration)));
  }
}

void RuleReporter::IsName(absl::string_view path, absl::string_view value, size_t longest,
                          absl::string_view also) {
  if (value.empty()) return Problem(path, "is required");
  const bool fits =
      value.size() <= longest && std::all_of(value.begin(), value.end(), [&](unsigned char c) {
        return absl::ascii_isalnum(c) || also.find(static_cast<char>(c)) != absl::string_view::npos;
      });
  if (!fits)
    Problem(path, absl::StrCat("must be 1 to ", longest, " letters, digits and characters of `",
                               also, "`"));
}

}  // namespace evertoken
