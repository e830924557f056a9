#include "server/provider/json_reader.h"

#include <boost/json/basic_parser_impl.hpp>
#include <exception>

namespace evertoken {
namespace {

namespace json = boost::json;

constexpr size_t kMostDepth = 32;

absl::string_view View(json::string_view text) {
  return absl::string_view(text.data(), text.size());
}

// Boost's parser tells it what it meets; the names are Boost's.
class TreeHandler {
 public:
  static constexpr size_t max_object_size = static_cast<size_t>(-1);
  static constexpr size_t max_array_size = static_cast<size_t>(-1);
  static constexpr size_t max_key_size = static_cast<size_t>(-1);
  static constexpr size_t max_string_size = static_cast<size_t>(-1);

  explicit TreeHandler(JsonTree* tree) : tree_(tree) {}

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) { return tree_->BeginObject(), true; }
  bool on_object_end(size_t, json::error_code&) { return tree_->End(), true; }
  bool on_array_begin(json::error_code&) { return tree_->BeginArray(), true; }
  bool on_array_end(size_t, json::error_code&) { return tree_->End(), true; }

  bool on_key_part(json::string_view part, size_t, json::error_code&) {
    return tree_->AddText(View(part)), true;
  }
  bool on_key(json::string_view part, size_t, json::error_code&) {
    tree_->AddText(View(part));
    return tree_->EndKey(), true;
  }
  bool on_string_part(json::string_view part, size_t, json::error_code&) {
    return tree_->AddText(View(part)), true;
  }
  bool on_string(json::string_view part, size_t, json::error_code&) {
    tree_->AddText(View(part));
    return tree_->EndString(), true;
  }

  bool on_int64(int64_t number, json::string_view, json::error_code&) {
    return tree_->AddInt64(number), true;
  }
  bool on_uint64(uint64_t number, json::string_view, json::error_code&) {
    return tree_->AddUint64(number), true;
  }
  bool on_double(double number, json::string_view, json::error_code&) {
    return tree_->AddDouble(number), true;
  }
  bool on_bool(bool value, json::error_code&) { return tree_->AddBoolean(value), true; }
  bool on_null(json::error_code&) { return tree_->AddNull(), true; }

 private:
  JsonTree* const tree_;
};

}  // namespace

bool ReadJson(absl::string_view text, JsonTree* tree) {
  json::parse_options options;
  options.max_depth = kMostDepth;
  try {
    json::basic_parser<TreeHandler> parser(options, tree);
    json::error_code error;
    const size_t read = parser.write_some(/*more=*/false, text.data(), text.size(), error);
    return !error && parser.done() && read == text.size();
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace evertoken
