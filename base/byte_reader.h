// Reading a byte sequence that may end anywhere: bounds-checked, LEB128 as the binary format has it
// (https://webassembly.github.io/spec/core/binary/values.html#integers). A failed read leaves the position at the
// offending byte and says why; the caller adds the context.
#pragma once

#include <cstdint>
#include <span>

#include "base/bits.h"
#include "base/string_ref.h"

namespace umber {

enum class ReadError : uint8_t { None, UnexpectedEnd, LebTooLong, LebTooLarge };

/// The wording of the official test suite for each failure.
[[nodiscard]] constexpr StringRef text_of(ReadError error) {
  switch (error) {
    case ReadError::None: return "no error";
    case ReadError::UnexpectedEnd: return "unexpected end";
    case ReadError::LebTooLong: return "integer representation too long";
    case ReadError::LebTooLarge: return "integer too large";
  }
  return "";
}

class ByteReader {
 public:
  ByteReader() = default;
  /// `base_offset`: what offset() says of the first byte.
  explicit ByteReader(std::span<const uint8_t> bytes, uint64_t base_offset = 0)
      : begin_(bytes.data()), cursor_(bytes.data()), end_(bytes.data() + bytes.size()), base_offset_(base_offset) {}

  [[nodiscard]] bool at_end() const { return cursor_ == end_; }
  [[nodiscard]] size_t remaining() const { return static_cast<size_t>(end_ - cursor_); }
  [[nodiscard]] uint64_t offset() const { return base_offset_ + static_cast<uint64_t>(cursor_ - begin_); }
  [[nodiscard]] const uint8_t* cursor() const { return cursor_; }
  [[nodiscard]] ReadError error() const { return error_; }

  [[nodiscard]] bool read_u8(uint8_t& out) {
    if (cursor_ == end_) [[unlikely]] return fail(ReadError::UnexpectedEnd);
    out = *cursor_++;
    return true;
  }
  /// The next byte without taking it; false at the end.
  [[nodiscard]] bool peek_u8(uint8_t& out) const {
    if (cursor_ == end_) return false;
    out = *cursor_;
    return true;
  }
  /// A fixed-width little-endian value.
  template <class T>
  [[nodiscard]] bool read_le(T& out) {
    if (remaining() < sizeof(T)) [[unlikely]] return fail(ReadError::UnexpectedEnd);
    out = load_le<T>(cursor_);
    cursor_ += sizeof(T);
    return true;
  }
  [[nodiscard]] bool read_bytes(size_t count, std::span<const uint8_t>& out) {
    if (remaining() < count) [[unlikely]] return fail(ReadError::UnexpectedEnd);
    out = {cursor_, count};
    cursor_ += count;
    return true;
  }
  [[nodiscard]] bool skip(size_t count) {
    if (remaining() < count) [[unlikely]] return fail(ReadError::UnexpectedEnd);
    cursor_ += count;
    return true;
  }
  /// Unsigned LEB128 of at most 32 bits; the one-byte form is inline because nearly all are.
  [[nodiscard]] bool read_u32(uint32_t& out) {
    if (cursor_ != end_ && *cursor_ < 0x80) [[likely]] {
      out = *cursor_++;
      return true;
    }
    uint64_t wide = 0;
    if (!read_unsigned(32, wide)) return false;
    out = static_cast<uint32_t>(wide);
    return true;
  }
  [[nodiscard]] bool read_u64(uint64_t& out) {
    if (cursor_ != end_ && *cursor_ < 0x80) [[likely]] {
      out = *cursor_++;
      return true;
    }
    return read_unsigned(64, out);
  }
  [[nodiscard]] bool read_s32(int32_t& out) {
    if (cursor_ != end_ && *cursor_ < 0x80) [[likely]] {
      out = static_cast<int32_t>(static_cast<uint32_t>(*cursor_++) << 25) >> 25;
      return true;
    }
    int64_t wide = 0;
    if (!read_signed(32, wide)) return false;
    out = static_cast<int32_t>(wide);
    return true;
  }
  [[nodiscard]] bool read_s33(int64_t& out) { return read_signed(33, out); }
  [[nodiscard]] bool read_s64(int64_t& out) { return read_signed(64, out); }

 private:
  bool fail(ReadError error) {
    error_ = error;
    return false;
  }
  [[nodiscard]] bool read_unsigned(unsigned bits, uint64_t& out);
  [[nodiscard]] bool read_signed(unsigned bits, int64_t& out);

  const uint8_t* begin_ = nullptr;
  const uint8_t* cursor_ = nullptr;
  const uint8_t* end_ = nullptr;
  uint64_t base_offset_ = 0;
  ReadError error_ = ReadError::None;
};

}  // namespace umber
