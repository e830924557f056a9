#ifndef EVERTOKEN_SERVER_PROVIDER_JSON_NODE_H_
#define EVERTOKEN_SERVER_PROVIDER_JSON_NODE_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace evertoken {

// A JSON value in a JsonTree. Members or elements stand right behind it in their order, each with all that is inside of it.
struct JsonNode {
  enum class Kind : uint8_t { kNull, kBoolean, kInt64, kUint64, kDouble, kString, kArray, kObject };

  absl::string_view key_view() const { return absl::string_view(key, key_size); }
  bool HasKey(absl::string_view wanted) const {
    // Most keys differ in the first character, which spares the call.
    return key_size == wanted.size() && (key_size == 0 || key[0] == wanted[0]) &&
           key_view() == wanted;
  }
  absl::string_view text_view() const { return absl::string_view(text, size); }

  // The first member or element; meaningless where `size` is 0.
  const JsonNode* first() const { return this + 1; }
  // What stands behind this one in the same object or array; meaningless for the last.
  const JsonNode* next() const { return this + extent; }

  Kind kind = Kind::kNull;
  uint32_t key_size = 0;
  uint32_t size = 0;          // bytes of a string; how many members or elements
  uint32_t extent = 1;        // how many nodes the value has, itself included
  const char* key = nullptr;  // of a member
  union {
    int64_t int64 = 0;
    uint64_t uint64;
    double float64;
    bool boolean;
    const char* text;
    const uint32_t* index;  // of an object with many members, see IndexMembers
  };
};

// The member of an object with this key, the last one where several have it; null: none.
const JsonNode* FindMember(const JsonNode& object, absl::string_view key);

// The element at `position` of an array; null: it is shorter.
const JsonNode* FindElement(const JsonNode& array, size_t position);

// Objects with more members than this are given an index.
inline constexpr uint32_t kMostUnindexedMembers = 12;

// How many numbers the index of an object with so many members has.
size_t IndexSize(uint32_t members);

// Fills `index`, IndexSize numbers that are all 0, so that FindMember need not look at every member.
void IndexMembers(const JsonNode& object, uint32_t* index);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_JSON_NODE_H_
