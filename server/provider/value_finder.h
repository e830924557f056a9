#ifndef EVERTOKEN_SERVER_PROVIDER_VALUE_FINDER_H_
#define EVERTOKEN_SERVER_PROVIDER_VALUE_FINDER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "server/provider/profile_documents.h"
#include "server/provider/profile_targets.h"
#include "server/provider/value_template.h"

namespace re2 {
class RE2;
}

namespace evertoken {

// Where the pointers of a candidate begin: at the documents, or at an element of a list.
class PointerOrigin {
 public:
  explicit PointerOrigin(const ProfileDocuments* documents);
  explicit PointerOrigin(JsonRef element) : main_(element) {}

  // `source` is empty for the main document. Nothing when the document is missing.
  JsonRef Root(const std::string& source) const;
  // The name of that document; empty inside of an element.
  absl::string_view NameOf(absl::string_view source) const;

 private:
  const ProfileDocuments* documents_ = nullptr;
  JsonRef main_;  // the main document, or the element
};

// A pointer into one of the documents, parsed.
struct PointerPath {
  std::string source;
  std::vector<std::string> tokens;

  // INVALID_ARGUMENT: no JSON Pointer.
  static absl::StatusOr<PointerPath> Parse(absl::string_view text);
};

// A candidate of a catalogue entry's field mapping, compiled: pointer, where, then template or concat, then extract, then map.
class ValueFinder {
 public:
  // INVALID_ARGUMENT says what of the candidate no checked entry has. `each` and `members` are not looked at.
  static absl::StatusOr<ValueFinder> Compile(const config::v1::Provider::Candidate& candidate);

  ValueFinder(ValueFinder&&);
  ValueFinder& operator=(ValueFinder&&);
  ~ValueFinder();

  struct Found {
    FoundValue value;
    absl::string_view source;  // name of the document
  };

  // nullopt: the candidate gives no value. A value that is not in a document as it is, is written to `scratch`.
  std::optional<Found> Find(const PointerOrigin& origin, std::string* scratch) const;

 private:
  ValueFinder();
  std::optional<Found> FindRaw(const PointerOrigin& origin, std::string* scratch) const;
  std::optional<Found> Join(const PointerOrigin& origin, std::string* scratch) const;
  bool Reshape(FoundValue* value) const;

  PointerPath pointer_;
  std::vector<std::pair<std::vector<std::string>, std::string>> where_;
  std::vector<std::string> then_;
  std::vector<PointerPath> concat_;
  std::optional<ValueTemplate> template_;
  std::shared_ptr<const re2::RE2> extract_;
  std::map<std::string, std::string, std::less<>> map_;
};

// Compiles `pattern` with bounded memory; null when it is no RE2 pattern.
std::shared_ptr<const re2::RE2> CompileExtract(const std::string& pattern);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_VALUE_FINDER_H_
