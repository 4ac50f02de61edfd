// Writes modules byte by byte, for tests of what no text could say.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace umber::test {

class Bytes {
 public:
  Bytes() = default;
  Bytes(std::initializer_list<uint8_t> bytes) : bytes_(bytes) {}

  Bytes& u8(uint8_t byte) {
    bytes_.push_back(byte);
    return *this;
  }
  /// Unsigned LEB128.
  Bytes& leb(uint64_t value) {
    for (; value >= 0x80; value >>= 7) u8(static_cast<uint8_t>(value | 0x80));
    return u8(static_cast<uint8_t>(value));
  }
  /// An index as a signed LEB128 number, as heap types and block types have it.
  Bytes& signed_index(uint64_t value) {
    for (; value >= 0x40; value >>= 7) u8(static_cast<uint8_t>(value | 0x80));
    return u8(static_cast<uint8_t>(value));
  }
  Bytes& add(const Bytes& other) {
    bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
    return *this;
  }
  Bytes& repeat(size_t count, const Bytes& other) {
    bytes_.reserve(bytes_.size() + count * other.size());
    Bytes block = other;  // grows by doubling: millions of repetitions in few steps
    for (; count > 0; count /= 2) {
      if (count % 2 == 1) add(block);
      if (count > 1) block.add(Bytes(block));
    }
    return *this;
  }
  Bytes& name(std::string_view text) {
    leb(text.size());
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    return *this;
  }
  /// Length and content.
  Bytes& sized(const Bytes& content) { return leb(content.size()).add(content); }
  Bytes& section(uint8_t id, const Bytes& content) { return u8(id).sized(content); }

  [[nodiscard]] size_t size() const { return bytes_.size(); }
  [[nodiscard]] const std::vector<uint8_t>& vector() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
};

/// Magic and version.
inline Bytes module_header() { return {0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00}; }

/// A module of one function of type [] -> [] with this code behind no locals; `end` is added.
inline Bytes module_of_code(const Bytes& code) {
  Bytes body{0x00};
  body.add(code).u8(0x0b);
  return module_header().section(1, {0x01, 0x60, 0x00, 0x00}).section(3, {0x01, 0x00}).section(10, Bytes{0x01}.sized(body));
}

}  // namespace umber::test
