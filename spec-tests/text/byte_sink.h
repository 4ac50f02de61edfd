// Writing the binary format's values (https://webassembly.github.io/spec/core/binary/values.html).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace umber::text {

class ByteSink {
 public:
  void put_u8(uint8_t byte) { bytes_.push_back(byte); }
  void put_unsigned(uint64_t value) {
    for (; value >= 0x80; value >>= 7) put_u8(static_cast<uint8_t>(value | 0x80));
    put_u8(static_cast<uint8_t>(value));
  }
  void put_signed(int64_t value) {
    for (; value < -64 || value > 63; value >>= 7) put_u8(static_cast<uint8_t>(value | 0x80));
    put_u8(static_cast<uint8_t>(value & 0x7f));
  }
  /// The `size` low bytes of `value`, little-endian.
  void put_fixed(uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) put_u8(static_cast<uint8_t>(value >> (8 * i)));
  }
  void put_bytes(std::span<const uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void put_text(std::string_view text) { bytes_.insert(bytes_.end(), text.begin(), text.end()); }
  /// A vector of bytes: its length, then the bytes.
  void put_name(std::string_view name) {
    put_unsigned(name.size());
    put_text(name);
  }
  void put_sized(const ByteSink& content) {
    put_unsigned(content.size());
    put_bytes(content.bytes());
  }
  void truncate(size_t size) { bytes_.resize(size); }

  [[nodiscard]] size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::span<const uint8_t> bytes() const { return bytes_; }
  [[nodiscard]] std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

}  // namespace umber::text
