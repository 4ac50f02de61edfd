// Reads a command stream's fields; what lies beyond the end reads as zero and is remembered.
#pragma once

#include <cstring>
#include <span>

#include "base/string_ref.h"

namespace umber::spectest {

class StreamReader {
 public:
  explicit StreamReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  template <class T>
  T read() {
    T value{};
    const std::span<const uint8_t> part = take(sizeof(T));
    if (part.size() == sizeof(T)) std::memcpy(&value, part.data(), sizeof(T));
    return value;
  }
  std::span<const uint8_t> take(size_t size) {
    if (size > bytes_.size() - at_) {
      damaged_ = true;
      at_ = bytes_.size();
      return {};
    }
    const std::span<const uint8_t> part = bytes_.subspan(at_, size);
    at_ += size;
    return part;
  }
  StringRef read_name() {
    const std::span<const uint8_t> text = take(read<uint16_t>());
    return {reinterpret_cast<const char*>(text.data()), text.size()};
  }
  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
  [[nodiscard]] bool is_damaged() const { return damaged_; }
  [[nodiscard]] size_t position() const { return at_; }

 private:
  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  bool damaged_ = false;
};

}  // namespace umber::spectest
