#include "server/provider/json_node.h"

#include "absl/hash/hash.h"
#include "absl/numeric/bits.h"

namespace evertoken {
namespace {

// Where in the index the key is, or would be: an open-addressed hash table of distances from the object. 0 is an empty place.
size_t PlaceOf(const JsonNode& object, const uint32_t* index, absl::string_view key) {
  const size_t mask = IndexSize(object.size) - 1;
  // Seeded anew in every process, so that no document can be made whose keys all meet.
  size_t place = absl::Hash<absl::string_view>()(key) & mask;
  while (index[place] != 0 && !(&object + index[place])->HasKey(key)) place = (place + 1) & mask;
  return place;
}

}  // namespace

const JsonNode* FindMember(const JsonNode& object, absl::string_view key) {
  if (object.index != nullptr) {
    const uint32_t distance = object.index[PlaceOf(object, object.index, key)];
    return distance == 0 ? nullptr : &object + distance;
  }
  const JsonNode* found = nullptr;
  const JsonNode* member = object.first();
  for (uint32_t i = 0; i < object.size; ++i, member = member->next()) {
    if (member->HasKey(key)) found = member;
  }
  return found;
}

const JsonNode* FindElement(const JsonNode& array, size_t position) {
  if (position >= array.size) return nullptr;
  const JsonNode* element = array.first();
  for (size_t i = 0; i < position; ++i) element = element->next();
  return element;
}

size_t IndexSize(uint32_t members) { return absl::bit_ceil(size_t{members} * 2); }

void IndexMembers(const JsonNode& object, uint32_t* index) {
  const JsonNode* member = object.first();
  for (uint32_t i = 0; i < object.size; ++i, member = member->next())
    index[PlaceOf(object, index, member->key_view())] = static_cast<uint32_t>(member - &object);
}

}  // namespace evertoken
