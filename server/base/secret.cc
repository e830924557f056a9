#include "server/base/secret.h"

#include <sodium.h>

namespace evertoken {

bool Secret::Equals(absl::string_view other) const {
  return value_.size() == other.size() &&
         sodium_memcmp(value_.data(), other.data(), value_.size()) == 0;
}

void Secret::Wipe() { WipeString(&value_); }

void WipeString(std::string* value) {
  // Up to the capacity: a string that shrank keeps old bytes behind its end.
  value->resize(value->capacity());
  if (!value->empty()) sodium_memzero(value->data(), value->size());
  value->clear();
}

}  // namespace evertoken
