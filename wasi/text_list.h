// Arguments and environment: texts, each with a zero byte behind it, in one block as guests get them.
#pragma once

#include "base/string_ref.h"
#include "base/vec.h"

namespace umber::wasi {

class TextList {
 public:
  explicit TextList(Allocator& allocator) : bytes_(allocator) {}

  /// Adds one text, made of parts. False when there is no memory (nothing is added) or a part contains a zero byte.
  template <class... Parts>
  [[nodiscard]] bool add(const Parts&... parts) {
    const size_t start = bytes_.size();
    const char end = 0;
    if ((append(parts) && ...) && bytes_.push(end)) {
      ++count_;
      return true;
    }
    bytes_.truncate(start);
    return false;
  }

  [[nodiscard]] size_t count() const { return count_; }
  /// All texts with their zero bytes.
  [[nodiscard]] std::span<const char> bytes() const { return bytes_; }

 private:
  [[nodiscard]] bool append(StringRef part) {
    for (char c : part)
      if (c == 0) return false;
    return bytes_.append(std::span<const char>(part.data(), part.size()));
  }

  Vec<char> bytes_;
  size_t count_ = 0;
};

}  // namespace umber::wasi
