#ifndef EVERTOKEN_SERVER_BASE_SECRET_H_
#define EVERTOKEN_SERVER_BASE_SECRET_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace evertoken {

// Overwrites the bytes of a string that held a secret, then empties it.
void WipeString(std::string* value);

// A token, code, key or password. It cannot be printed, logged, formatted or compared by accident; reading it is the visible
// act Reveal(). The memory is wiped when it goes. A moved-from Secret is empty.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) { WipeString(&value); }
  ~Secret() { Wipe(); }

  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      Wipe();
      value_ = other.value_;
    }
    return *this;
  }
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.Wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      Wipe();
      value_ = std::move(other.value_);
      other.Wipe();
    }
    return *this;
  }

  bool empty() const { return value_.empty(); }
  size_t size() const { return value_.size(); }

  // Every call of this is a line for the security reviewer.
  const std::string& Reveal() const { return value_; }

  // In constant time for equal lengths.
  bool Equals(absl::string_view other) const;

 private:
  void Wipe();

  std::string value_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_SECRET_H_
